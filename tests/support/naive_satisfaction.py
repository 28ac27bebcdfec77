"""A second implementation of the satisfaction figures, written from the published formulas, with plain fractions.

item    100 * (satisfied answers) / (answers); blank and "don't know" excluded
factor  the same over the pooled answers of its items; whole: over all satisfaction items
mean    100 * sum(value * answers) / sum(maximum * answers)
weighted: sums of sampling weights instead of numbers of answers
"""

from fractions import Fraction

FAVOURABLE, MAXIMUM = {4, 5}, 5


def top_two(questionnaires, items):
    """`questionnaires`: list of (weight, {item: value}); values below 0 are no answers."""
    satisfied = answered = Fraction(0)
    for weight, answers in questionnaires:
        for item in items:
            value = answers.get(item, -3)
            if value >= 0:
                answered += Fraction(weight)
                if value in FAVOURABLE:
                    satisfied += Fraction(weight)
    return percent(satisfied, answered)


def mean_score(questionnaires, items):
    points = possible = Fraction(0)
    for weight, answers in questionnaires:
        for item in items:
            value = answers.get(item, -3)
            if value >= 0:
                points += value * Fraction(weight)
                possible += MAXIMUM * Fraction(weight)
    return percent(points, possible)


def percent(part, whole):
    """Two decimals as text, half-up; None when nobody answered."""
    if whole == 0:
        return None
    hundredths = int(100 * 100 * part / whole + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02d}"
