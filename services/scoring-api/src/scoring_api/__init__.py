"""Public read side: units, questionnaires, results, league tables, series, published figures."""
