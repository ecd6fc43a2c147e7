"""The seven projects of the demo operation."""

from __future__ import annotations

from smo_reports.world.operation import Market, Operation, Policy, Queue

_ID = Market("ID", 1.0, {"id": 0.88, "jv": 0.12}, (("Nusa", "Jakarta"), ("Lintas", "Bandung")))
_BR = Market("BR", 1.0, {"pt": 1.0}, (("Aurora", "Recife"), ("Vega", "Curitiba")))

_HATE_ID = Operation(
    name="hate-speech-id",
    key="hid",
    title="Hate speech, Indonesia and Malaysia",
    zone="Asia/Jakarta",
    share=0.40,
    accuracy=0.956,
    markets=(
        Market("ID", 0.72, {"id": 0.88, "jv": 0.12}, (("Nusa", "Jakarta"), ("Lintas", "Bandung"))),
        Market("MY", 0.28, {"ms": 0.8, "en": 0.2}, (("Lintas", "Johor Bahru"),)),
    ),
    policies=(
        Policy(
            "hate_speech",
            0.45,
            {"incitement": 0.08, "dehumanization": 0.1, "slur": 0.17, "counter_speech": 0.12, "normal": 0.53},
        ),
        Policy("harassment", 0.35, {"harassment": 0.32, "slur": 0.06, "satire": 0.2, "normal": 0.42}, -0.1),
        Policy(
            "extremism",
            0.20,
            {"extremist_praise": 0.18, "counter_speech": 0.17, "normal": 0.65},
            0.2,
            (0.2, 0.4, 0.4),
        ),
    ),
    queues=(Queue("live", 0.35, True, 1.0), Queue("proactive", 0.65, False, 48.0, batched=True)),
    contents={"text": (0.6, 42.0), "image": (0.2, 55.0), "video": (0.2, 110.0)},
    violating=("incitement", "dehumanization", "slur", "harassment", "extremist_praise"),
    benign=("counter_speech", "satire", "normal"),
    confusable=(
        ("incitement", "dehumanization", 1.0),
        ("slur", "normal", 1.0),
        ("slur", "counter_speech", 0.6),
        ("harassment", "satire", 1.0),
        ("harassment", "normal", 0.7),
        ("extremist_praise", "counter_speech", 1.0),
        ("dehumanization", "slur", 0.7),
    ),
    plans=("rca", "brief", "staffing"),
    targets=(
        "{kpi: accuracy, min: 0.96, owner: qa-leads-id}",
        "{kpi: accuracy, min: 0.92, where: {market: MY}, owner: qa-leads-id}",
        "{kpi: false_negative_rate, max: 0.08, owner: policy-id}",
        "{kpi: gold_accuracy, min: 0.93, owner: qa-leads-id}",
        "{kpi: handling_time_median, max: 75, owner: operations-id}",
        "{kpi: krippendorff_alpha, min: 0.8, owner: qa-leads-id}",
    ),
)

_NUDITY_ID = Operation(
    name="nudity-id",
    key="nid",
    title="Nudity, Indonesia",
    zone="Asia/Jakarta",
    share=0.22,
    accuracy=0.962,
    markets=(_ID,),
    policies=(
        Policy("adult_nudity", 0.7, {"explicit": 0.22, "suggestive": 0.18, "medical": 0.06, "normal": 0.54}),
        Policy("minor_safety", 0.3, {"minor_risk": 0.12, "suggestive": 0.08, "normal": 0.8}, 0.3, (0.0, 0.3, 0.7)),
    ),
    queues=(Queue("live", 0.5, True, 0.5), Queue("proactive", 0.5, False, 36.0)),
    contents={"image": (0.5, 24.0), "video": (0.5, 70.0)},
    violating=("explicit", "suggestive", "minor_risk"),
    benign=("medical", "art", "normal"),
    confusable=(
        ("explicit", "suggestive", 1.0),
        ("suggestive", "normal", 1.0),
        ("explicit", "medical", 0.5),
        ("minor_risk", "normal", 0.8),
        ("suggestive", "art", 0.3),
    ),
    targets=(
        "{kpi: accuracy, min: 0.93, owner: qa-leads-id}",
        "{kpi: accuracy, min: 0.97, where: {severity: high}, owner: child-safety}",
        "{kpi: false_negative_rate, max: 0.06, owner: policy-id}",
        "{kpi: gold_accuracy, min: 0.95, owner: qa-leads-id}",
        "{kpi: handling_time_median, max: 60, owner: operations-id}",
    ),
)

_SPAM_BR = Operation(
    name="spam-br",
    key="sbr",
    title="Spam, Brazil",
    zone="America/Sao_Paulo",
    share=0.14,
    accuracy=0.981,
    markets=(_BR,),
    policies=(
        Policy("spam", 0.6, {"commercial_spam": 0.3, "link_farm": 0.15, "normal": 0.55}),
        Policy("fake_engagement", 0.4, {"engagement_bait": 0.3, "bot_account": 0.15, "normal": 0.55}),
    ),
    queues=(Queue("reports", 0.4, True, 4.0), Queue("sweep", 0.6, False, 72.0, batched=True)),
    contents={"text": (0.8, 18.0), "profile": (0.2, 40.0)},
    violating=("commercial_spam", "link_farm", "engagement_bait", "bot_account"),
    benign=("normal",),
    confusable=(
        ("commercial_spam", "normal", 1.0),
        ("commercial_spam", "link_farm", 1.0),
        ("engagement_bait", "normal", 1.0),
        ("engagement_bait", "bot_account", 0.6),
    ),
    plans=("rca",),
    targets=(
        "{kpi: accuracy, min: 0.94, owner: qa-leads-br}",
        "{kpi: false_positive_rate, max: 0.04, owner: policy-br}",
        "{kpi: throughput, min: 100, owner: operations-br}",
        "{kpi: handling_time_median, max: 22, owner: operations-br}",
    ),
    multi_select=("external_link", "phone_number", "repeated_text", "stolen_image", "mass_following"),
)

_HATE_BR = Operation(
    name="hate-speech-br",
    key="hbr",
    title="Hate speech, Brazil",
    zone="America/Sao_Paulo",
    share=0.10,
    accuracy=0.955,
    markets=(_BR,),
    policies=(
        Policy("hate_speech", 0.6, {"incitement": 0.1, "slur": 0.25, "counter_speech": 0.15, "normal": 0.5}),
        Policy("harassment", 0.4, {"harassment": 0.35, "slur": 0.1, "normal": 0.55}),
    ),
    queues=(Queue("live", 0.4, True, 1.0), Queue("proactive", 0.6, False, 48.0, listed=False)),
    contents={"text": (0.7, 45.0), "video": (0.3, 100.0)},
    violating=("incitement", "slur", "harassment"),
    benign=("counter_speech", "normal"),
    confusable=(
        ("incitement", "slur", 1.0),
        ("slur", "normal", 1.0),
        ("slur", "counter_speech", 0.8),
        ("harassment", "normal", 1.0),
    ),
    plans=("rca",),
    targets=(
        "{kpi: accuracy, min: 0.94, owner: qa-leads-br}",
        "{kpi: false_negative_rate, max: 0.1, owner: policy-br}",
        "{kpi: handling_time_median, max: 70, owner: operations-br}",
        "{kpi: audit_coverage, min: 0.05, owner: qa-leads-br}",
    ),
)

_NUDITY_DE = Operation(
    name="nudity-de",
    key="nde",
    title="Nudity, Germany and Austria",
    zone="Europe/Berlin",
    share=0.07,
    accuracy=0.966,
    markets=(
        Market("DE", 0.8, {"de": 0.9, "tr": 0.1}, (("Elbe", "Leipzig"),)),
        Market("AT", 0.2, {"de": 1.0}, (("Elbe", "Graz"),)),
    ),
    policies=(
        Policy("adult_nudity", 0.75, {"explicit": 0.2, "suggestive": 0.15, "medical": 0.1, "normal": 0.55}),
        Policy("minor_safety", 0.25, {"minor_risk": 0.1, "normal": 0.9}, 0.3, (0.0, 0.3, 0.7)),
    ),
    queues=(Queue("live", 0.4, True, 0.5), Queue("appeals", 0.6, False, 48.0)),
    contents={"image": (0.6, 26.0), "video": (0.4, 75.0)},
    violating=("explicit", "suggestive", "minor_risk"),
    benign=("medical", "normal"),
    confusable=(
        ("explicit", "suggestive", 1.0),
        ("suggestive", "normal", 1.0),
        ("explicit", "medical", 0.6),
        ("minor_risk", "normal", 0.8),
    ),
    targets=(
        "{kpi: accuracy, min: 0.96, owner: qa-leads-de}",
        "{kpi: false_negative_rate, max: 0.08, owner: policy-de}",
        "{kpi: gold_accuracy, min: 0.95, owner: qa-leads-de}",
    ),
)

_LIVE_ID = Operation(
    name="live-safety-id",
    key="lid",
    title="Live streams, Indonesia",
    zone="Asia/Jakarta",
    share=0.064,
    accuracy=0.952,
    markets=(_ID,),
    policies=(
        Policy("dangerous_acts", 0.22, {"dangerous_act": 0.3, "stunt": 0.3, "normal": 0.4}, -1.5, (0.1, 0.4, 0.5)),
        Policy("smoking_alcohol", 0.4, {"substance": 0.3, "normal": 0.7}, 0.3),
        Policy("begging_gambling", 0.38, {"gambling": 0.15, "begging": 0.15, "normal": 0.7}, 0.2),
    ),
    queues=(Queue("live", 0.8, True, 0.1), Queue("replay", 0.2, False, 36.0)),
    contents={"live": (0.8, 60.0), "video": (0.2, 85.0)},
    violating=("dangerous_act", "substance", "gambling", "begging"),
    benign=("stunt", "normal"),
    confusable=(
        ("dangerous_act", "stunt", 1.5),
        ("stunt", "normal", 0.8),
        ("substance", "normal", 1.0),
        ("gambling", "normal", 1.0),
        ("begging", "normal", 1.0),
    ),
    plans=("rca",),
    targets=(
        "{kpi: accuracy, min: 0.93, owner: qa-leads-id}",
        "{kpi: accuracy, min: 0.8, where: {policy: dangerous_acts}, owner: policy-id}",
        "{kpi: handling_time_mean, max: 90, owner: operations-id}",
    ),
)

_SCAM_DE = Operation(
    name="scam-de",
    key="sde",
    title="Scams, Germany (pilot)",
    zone="Europe/Berlin",
    share=0.006,
    accuracy=0.95,
    markets=(Market("DE", 1.0, {"de": 1.0}, (("Elbe", "Leipzig"),)),),
    policies=(Policy("scam", 1.0, {"investment_scam": 0.2, "phishing": 0.2, "parody": 0.1, "normal": 0.5}),),
    queues=(Queue("reports", 1.0, False, 48.0),),
    contents={"text": (0.7, 50.0), "profile": (0.3, 80.0)},
    violating=("investment_scam", "phishing"),
    benign=("parody", "normal"),
    confusable=(("investment_scam", "phishing", 1.0), ("phishing", "normal", 1.0), ("parody", "normal", 0.5)),
    targets=("{kpi: accuracy, min: 0.95, owner: qa-leads-de}",),
    thin=True,
)

OPERATIONS: tuple[Operation, ...] = (_HATE_ID, _NUDITY_ID, _SPAM_BR, _HATE_BR, _NUDITY_DE, _LIVE_ID, _SCAM_DE)
"""All projects, the largest first; the last is a pilot too thin for any verdict."""
