"""The descriptions of the properties in the JSON Schema of an audit pack."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from krbcheck.report.field_descriptions import DIFF, MATRIX, REPORT

_SHARED = ("Asked", "RecordingRead", "Waived", "WaiverUse")

AUDIT: Mapping[str, str] = MappingProxyType(
    {
        **{name: text for name, text in REPORT.items() if name.partition(".")[0] in _SHARED},
        **{name: text for name, text in MATRIX.items() if name.startswith("Unlisted.")},
        **DIFF,
        "Audit.schema": REPORT["Report.schema"],
        "Audit.krbcheck": REPORT["Report.krbcheck"],
        "Audit.site": REPORT["Report.site"],
        "Audit.site_sha256": "The SHA-256 of the site file, as sha256sum prints it.",
        "Audit.host": "The host, or the hosts, that sent the queries.",
        "Audit.vantages": REPORT["Report.vantages"],
        "Audit.started": REPORT["Report.started"],
        "Audit.seconds": REPORT["Report.seconds"],
        "Audit.interrupted": REPORT["Report.interrupted"],
        "Audit.as_expected": "The definition of access that is as expected.",
        "Audit.scope": "The number of pairs of a principal and a share, by how their access is known.",
        "Audit.outcomes": "The number of pairs by outcome; those that are waived are counted as waived only.",
        "Audit.asked": REPORT["Report.asked"],
        "Audit.recordings": REPORT["Report.recordings"],
        "Audit.pairs": "Each pair of a principal and a share, whether it was examined or not.",
        "Audit.findings": "The errors and warnings of the report; report.json of the pack has their evidence.",
        "Audit.undetermined": "The undetermined results of the report.",
        "Audit.waivers": REPORT["Report.waivers"],
        "Audit.unlisted": MATRIX["Matrix.unlisted"],
        "Audit.since": "The difference to the earlier pack; null without --since.",
        "Scope.pairs": "The number of all pairs.",
        "Scope.tested": "The number of pairs that a session of the principal tested.",
        "Scope.computed": "The number of pairs whose access follows from permissions and groups only.",
        "Scope.not_examined": "The number of pairs of which neither is known.",
        "Scope.shares": "The number of shares.",
        "Scope.roles": "The number of principals by role.",
        "Pair.role": "host, backup account, administrator of the storage, or a session without an account.",
        "Pair.tenant": "The tenant of the principal; empty if it has none.",
        "Pair.principal": "The account; an administrator with the stated group in parentheses.",
        "Pair.storage": "The name of the storage, from the site file.",
        "Pair.share": "The name of the share.",
        "Pair.owner": "The tenant that the share belongs to; empty if the site file does not state the share.",
        "Pair.expected": "The access that the site file states.",
        "Pair.how": "Whether the access was tested, computed only, or not examined.",
        "Pair.outcome": "How the observed access, or else the computed access, compares with the expected access.",
        "Pair.observed": "What the storage granted or denied in the test; empty if it was not tested.",
        "Pair.computed": "The access that permissions and groups give; empty if it is not known.",
        "Pair.why": "What decides the outcome, or why it was not tested or is not known.",
        "Pair.paths": "The data paths at which it was tested.",
        "Pair.waived": "The waiver of the user who accepts the outcome; null if there is none.",
        "Since.started": "When the collection of the earlier pack started: UTC, RFC 3339.",
        "Since.site_sha256": "The SHA-256 of the site file of the earlier pack.",
        "Since.report": "The difference between the reports.",
        "Since.pairs": "The pairs whose outcome, or how it is known, differs.",
        "Since.signer": "The public key that the earlier pack is signed with; empty if it is not signed.",
        "Since.trusted": "Whether the signer is one of the keys given with --trusted.",
        "PairChange.principal": "The account.",
        "PairChange.storage": "The name of the storage.",
        "PairChange.share": "The name of the share.",
        "PairChange.before": "The outcome in the earlier pack, and how it was known; empty if the pack lacks the pair.",
        "PairChange.after": "The same in this pack.",
    }
)
