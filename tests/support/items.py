"""Items of the canonical dialect for tests of what is said: one with every field, and any that the checks may meet."""

from __future__ import annotations

from hypothesis import strategies as st

from support.ingest import item

FULL = item(
    response_id="r-1",
    answered_at="2026-11-22T08:15:30+07:00",
    answers=[{"item": "b", "value": 4, "text": "Hoà"}, {"item": "a", "value": ["x", "y"]}],
    dossier_code="H99.101-261122-0001",
    procedure_code="1.000894.000.00.00.H99",
    field_code="G15-TP01",
    service_channel="online",
    replaces="r-0",
    sample={"round": "2026-1", "weight": "1.5"},
    comment="Cảm ơn",
    device_id="K-1",
    device_seq=7,
    respondent_kind="citizen",
    privacy_notice={"version": "1", "shown": True},
)

TEXT = st.text(alphabet='aZ09 .@+-_/\u00e0\u0300đĐếƯ🙂\u2028"\\\n', max_size=30)
NAMES = st.sampled_from(["a", "b.1", "c-2", "Z", "z_9"])
ANSWER = st.fixed_dictionaries(
    {"item": NAMES},
    optional={
        "value": st.one_of(
            st.integers(-2, 5),
            st.sampled_from(["dont_know", "not_applicable", "none", "Hài lòng", "4"]),
            st.lists(NAMES, max_size=3),
        ),
        "text": TEXT,
        "automatic": st.booleans(),
    },
)
ITEMS = st.fixed_dictionaries(
    {"overall": st.sampled_from([1, "2", "Bình thường", "HÀI LÒNG", 5])},
    optional={
        "answers": st.lists(ANSWER, max_size=4, unique_by=lambda answer: answer["item"]),
        "comment": TEXT,
        "dossier_code": TEXT,
        "procedure_code": TEXT,
        "field_code": TEXT,
        "device_id": TEXT,
        "counter_id": TEXT,
        "staff_ref": TEXT,
        "respondent_kind": TEXT,
        "device_seq": st.integers(-(2**53) + 1, 2**53 - 1),
        "service_channel": st.sampled_from(["1", "ONLINE", 3]),
        "sample": st.fixed_dictionaries(
            {"round": TEXT}, optional={"weight": st.sampled_from(["1.50", "0007", "0.1"]), "stratum": TEXT}
        ),
        "sent_at": st.sampled_from(["2026-11-22T08:20:00", "20261122082000", "0000-00-00"]),
        "privacy_notice": st.fixed_dictionaries({"version": TEXT, "shown": st.booleans()}),
    },
)
