"""How the portal's metrics stand to the components of QĐ 766: same codes, and the totals of its six columns. Pure.

Source: codes of the portal's 766 report (`evaluation/*`); its trees have no codes of their own, so their shares are named
after the components that they are.
"""

from __future__ import annotations

GROUP_OF_TOTAL = {
    "TOTAL.transparency": "transparency",
    "TOTAL.dvc-progress-tree": "progress",
    "TOTAL.provide-online-tree": "online",
    "TOTAL.formality-online-payment-tree": "payment",
    "TOTAL.dossier-digitized": "digitization",
    "TOTAL.handling-satisfaction": "satisfaction",
}
"""Metric of an endpoint's total -> branch of framework `qd766`."""
SYNC = "DOSSIER_SYNC"
ON_TIME = "PROGRESS_ON_TIME"
CONTENT = "DOSSIER_RECEIVING_SATISFACTION"
ONLINE = "dossier_online"
"""3.3: the portal's counts are of dossiers alone; the component's ratio is their product with that of 1.4."""


def node_of(metric: str) -> str:
    """The component, or for a total the branch, that a metric of the portal is a figure of."""
    return GROUP_OF_TOTAL.get(metric, metric.lower())
