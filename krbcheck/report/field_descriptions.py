"""The descriptions of the properties in the JSON Schemas of the report, the matrix, the trace and the recheck.

The key is `Type.property`, with the property's name in JSON. A type that has the same name in two schemas may have
different descriptions, so each schema has a table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_HEAD = {
    "krbcheck": "The version of krbcheck that wrote the file.",
    "site": "The name of the site, from the site file.",
    "started": "When the collection started: UTC, RFC 3339.",
    "seconds": "Seconds from the start of the collection to its end.",
    "interrupted": "Whether the collection was interrupted. The file then contains what was known until then.",
}


def _head(kind: str, *names: str) -> dict[str, str]:
    return {f"{kind}.{name}": _HEAD[name] for name in names}


_TENANT = "The tenant that it concerns; empty if it concerns none in particular."
_BECAUSE = "The evidence, in the order in which the check uses it. At most 200 entries; a last entry counts the rest."
_LABELS = "The objects of the site that it concerns, such as principal, service, path, storage and share, by kind."
_EXPLAINS = "The ids of the findings and undetermined results that follow from it, directly or not, if it is a cause."
_EXPLAINED_BY = "The ids of the causes that it follows from, directly or not, at most 50; empty for a cause."
_STATE = "fixed: this recheck found the expected state; stays: the problem is still there; else not-determined."
_FROM = "The vantage point: the tenant from whose source address the query was sent, or the host that sent it."

_STEP = {
    "RemedyStep.command": "The command, which pastes as it is; empty for an instruction.",
    "RemedyStep.says": "The path through a console, an instruction, or what the command is for.",
    "RemedyStep.host": "Where the step runs: a role or a name.",
    "RemedyStep.class": "The risk: looks (reads only), changes, or interrupts (interrupts service).",
    "RemedyStep.needs": "The module or the right that the step needs.",
    "RemedyStep.undo": "The command that reverts the step; empty if there is none.",
    "RemedyStep.undo_says": "How to revert the step without a command, or what the command does not revert.",
    "RemedyStep.verify": "The command that shows the effect of the step.",
    "RemedyStep.shows": "What the output of the command, or of the verification, must show.",
    "RemedyStep.caution": "The precondition or the risk; read it first.",
    "RemedyStep.platform": "The platform for which this variant was selected; null if the step has no variants.",
    "RemedyStep.of": "The domain, storage or controller whose platform selects the variant.",
    "RemedyStep.known_by": "The evidence of the platform, or why it is not known; then Windows is assumed.",
}

_WAIVERS = "The waivers of the user, each with its use; empty without --waivers."
_WAIVER = {
    "Waived.reason": "Why the finding is accepted.",
    "Waived.owner": "Who accepts it.",
    "Waived.until": "The last day on which the waiver is valid.",
    "WaiverUse.code": "The code of the findings that it accepts.",
    "WaiverUse.subject": "The pattern of their subjects: * is any text, ? is any character.",
    "WaiverUse.reason": "Why they are accepted.",
    "WaiverUse.owner": "Who accepts them.",
    "WaiverUse.until": "The last day on which the waiver is valid.",
    "WaiverUse.state": "Whether it was used; an expired or unused waiver is a warning.",
    "WaiverUse.findings": "The ids of the findings that it concerns; those of an expired waiver are not waived.",
}

REPORT: Mapping[str, str] = MappingProxyType(
    {
        **_head("Report", "krbcheck", "site", "started", "seconds", "interrupted"),
        "Report.schema": "The version of this format. A program must reject a version that it does not support.",
        "Report.recordings": "The recordings that were judged; empty for a run.",
        "Report.question": "The question of krbcheck run --symptom, --host or --path; null for other runs.",
        "Question.typed": "The symptom as it was typed; empty if none was.",
        "Question.meanings": "What the symptom can mean, one sentence each.",
        "Question.host": "The account that the question is about; empty if none was named.",
        "Question.path": "The UNC path that the question is about; empty if none was named.",
        "Question.stated": "What the site file states about the access of the host to the share.",
        "Question.refused": "Whether the site file states no access.",
        "Question.remarks": "What is to be known about the path as it was typed.",
        "Question.first": "The checks that the symptom names, in their order.",
        "Question.further": "Whether all other checks were run too, because the first found no problem.",
        "Question.answer": "The answer in one sentence.",
        "RecordingRead.host": "The host that collected the recording.",
        "RecordingRead.started": "When the collection started, in UTC.",
        "RecordingRead.tenants": "The tenants whose servers the host queried.",
        "RecordingRead.signer": "The public key that the recording is signed with; empty if it is not signed.",
        "RecordingRead.trusted": "Whether the signer is one of the keys given with --trusted.",
        "RecordingRead.remarks": "What of the recording does not count, one clause each.",
        "Report.vantages": "The vantage points from which servers were queried.",
        "Report.checks": "The result of each check, ordered by id.",
        "Report.totals": "The number of checks with each outcome.",
        "Report.asked": "The number of queries from each vantage point: tenants first, then hosts.",
        "Report.crashes": "The bugs of krbcheck that stopped a collector or a query.",
        "Report.readiness": "The chain of each backup account, if checks of backup were run; else empty.",
        "Readiness.product": "The backup product, from the site file.",
        "Readiness.storage": "The name of the storage.",
        "Readiness.account": "The account that backs up.",
        "Readiness.state": "Whether the backup can work, as far as it was determined.",
        "Readiness.because": "The message of the first broken link, or of the first that is not determined.",
        "Readiness.links": "The links of the chain, in the order in which it breaks.",
        "Link.name": "The link: product, name, group, role, right, ticket, session or remote VSS.",
        "Link.state": "The state of the link.",
        "Link.says": "The message of the verdict that decides; empty if there is none.",
        "Link.code": "The code of the finding that decides; empty if it is none.",
        "Link.first": "Whether it is the first broken link, or the first that is not determined if none is broken.",
        "Report.paths": "The data paths of the tenants with the state of each link; empty if no check of them was run.",
        "TenantPath.tenant": "The tenant.",
        "TenantPath.path": "The data path: the host name or the address in the UNC path.",
        "TenantPath.storage": "The name of the storage, from the site file.",
        "TenantPath.state": "The state of the worst link.",
        "TenantPath.links": "The links in the order in which a host uses them.",
        "PathLink.name": "The link, such as name servers, SPN or share.",
        "PathLink.shows": "The object of the link, from the site file.",
        "PathLink.state": "The state of the link; follows is an error that follows from another finding.",
        "PathLink.says": "The message of the verdict that decides; empty if the link works.",
        "PathLink.code": "The code of the finding that decides; empty if it is none.",
        "PathLink.id": "The id of the verdict that decides; empty if the link works.",
        "PathLink.seen": "Answers of servers, at most 3.",
        "PathLink.first": "Whether it is the first broken link of the path.",
        "Report.stated": "The names that the site file states, in lowercase, so that later reports can be compared.",
        "Report.waivers": _WAIVERS,
        **_WAIVER,
        "Report.access": "Who reaches which share; without rows if no check of it was run.",
        "AccessGrid.shares": "The columns: each share of each storage.",
        "AccessGrid.rows": "The rows: each principal at each data path of its tenant.",
        "GridShare.share": "The name of the share.",
        "GridShare.owner": "The tenant that the share belongs to.",
        "GridShare.storage": "The name of the storage.",
        "GridRow.tenant": "The tenant of the principal.",
        "GridRow.principal": "The principal, `name@REALM`.",
        "GridRow.path": "The data path.",
        "GridRow.cells": "A letter for each share: o own share, . denied, B breach, L locked out, l less than stated, "
        "w not as expected but waived, ? not determined, blank not judged.",
        "Report.unreached": "The servers that were not reached, if no query was answered; else empty.",
        "Report.causes": "The ids of the findings that follow from no other, in the order in which to fix them.",
        "Report.problems": "The ids in `causes`, then those of waived findings; those with one reason are together.",
        "CheckReport.id": "The id of the check, `area.name`.",
        "CheckReport.title": "The state that the check expects, as a sentence.",
        "CheckReport.outcome": "The outcome of the check; the worst verdict decides.",
        "CheckReport.seconds": "Seconds that the judgement took, without the collection.",
        "CheckReport.verdicts": "One verdict or more for each subject: findings by severity, then unknown, then fine.",
        "CheckReport.crash": "The traceback of a bug in the check; empty if there is none.",
        "Finding.verdict": "The kind of the verdict.",
        "Finding.code": "The code of the finding, `area.name/slug`. Codes do not change between versions.",
        "Finding.severity": "The severity: error, warning or note.",
        "Finding.subject": "The object that the finding concerns, such as an SPN, an account or a share.",
        "Finding.says": "The message: the object, its state and the effect.",
        "Finding.remedy": "How to fix it: the steps in their order.",
        **_STEP,
        "Finding.tenant": _TENANT,
        "Finding.values": "The values that the message contains, by name, for programs.",
        "Finding.because": _BECAUSE,
        "Finding.id": "An id that is the same in every run that finds the same code, subject and tenant.",
        "Finding.labels": _LABELS,
        "Finding.explains": _EXPLAINS,
        "Finding.explained_by": _EXPLAINED_BY,
        "Finding.waived": "The waiver of the user who accepts it; null if it counts.",
        "Fine.verdict": "The kind of the verdict.",
        "Fine.subject": "The object that is in the expected state.",
        "Fine.tenant": _TENANT,
        "Fine.because": _BECAUSE,
        "Unknown.verdict": "The kind of the verdict.",
        "Unknown.subject": "The object whose state could not be determined.",
        "Unknown.says": "Why the state could not be determined, without the subject.",
        "Unknown.tenant": _TENANT,
        "Unknown.because": _BECAUSE,
        "Unknown.unanswered": "The query without an answer that causes it; null if there is none.",
        "Unknown.next": "What to do to determine it; empty where it follows from the query without an answer.",
        "Unknown.id": "An id that is the same in every run that cannot determine the subject in this check.",
        "Unknown.labels": _LABELS,
        "Unknown.explains": _EXPLAINS,
        "Unknown.explained_by": _EXPLAINED_BY,
        "Unanswered.gap": "Why there is no answer.",
        "Unanswered.asked": "The query, without the server.",
        "Unanswered.server": "The server that did not answer; empty if none was queried or it is not known.",
        "Unanswered.port": "The TCP or UDP port of the server; 0 if there is none.",
        "Unanswered.from": _FROM,
        "Reason.asked": "The query, without the server; empty for a statement.",
        "Reason.of": "The server and its port, such as `dc1.example.com (192.0.2.1):389`; empty if none was queried.",
        "Reason.from": _FROM + " Empty for a statement.",
        "Reason.at": "When the query was sent: UTC, RFC 3339; null for a statement.",
        "Reason.answer": "The answer in one line, or why there is none. A statement has this field only.",
        "Reason.authenticated": "Whether the answer proves that its sender has a key of the named server.",
        "Reason.gap": "Why there is no answer; null if there is one.",
        "Reason.kind": "Whether it is an observation, the effective group policy settings, or a statement.",
        "Totals.passed": "The number of checks without a problem and without an unknown verdict.",
        "Totals.warned": "The number of checks whose worst verdict is a warning.",
        "Totals.failed": "The number of checks with an error.",
        "Totals.unknown": "The number of checks that could not determine the state of a subject.",
        "Totals.not-applicable": "The number of checks without a subject in this site.",
        "Totals.crashed": "The number of checks that a bug of krbcheck stopped.",
        "Totals.waived": "The number of checks whose problems are all waived.",
        "Asked.vantage": "The vantage point: a tenant, or a host for queries that concern no tenant in particular.",
        "Asked.hosts": "The hosts that sent the queries.",
        "Asked.sources": "The source addresses of the queries.",
        "Asked.questions": "The number of queries.",
        "Asked.unanswered": "The number of queries without an answer.",
        "Asked.why": "Why nothing was queried from this vantage point; empty if something was.",
        "Crash.where": "The collector or the query that the bug stopped.",
        "Crash.detail": "The traceback.",
    }
)

MATRIX: Mapping[str, str] = MappingProxyType(
    {
        **_STEP,
        **_head("Matrix", "krbcheck", "site", "started", "seconds", "interrupted"),
        "Matrix.schema": REPORT["Report.schema"],
        "Matrix.vantages": "The tenants from whose source addresses the shares were tested.",
        "Matrix.totals": "The number of cells with each outcome.",
        "Matrix.rows": "One row for each principal and data path, in the order of the site file.",
        "Matrix.causes": "The findings that cells follow from, in the order in which to fix them.",
        "Matrix.unlisted": "The storages of which the matrix has no shares other than those that the site file states.",
        "Unlisted.storage": "The name of the storage, from the site file.",
        "Unlisted.why": "Why its list of shares is not known.",
        "MatrixCause.code": "The code of the finding, `area.name/slug`.",
        "MatrixCause.tenant": _TENANT,
        "MatrixCause.says": "The message of the finding.",
        "MatrixCause.remedy": "The steps that fix it.",
        "Totals.cells": "The number of cells.",
        "Totals.as_expected": "The number of cells with the access that the site file states.",
        "Totals.breaches": "The number of cells with more access than the site file states.",
        "Totals.locked_out": "The number of cells without access although the site file states some.",
        "Totals.less_than_stated": "The number of cells with less access than the site file states, but with some.",
        "Totals.unknown": "The number of cells that could not be determined.",
        "Totals.waived": "The number of cells that are not as expected and waived; no other number contains them.",
        "Cell.waived": "The waiver of the user who accepts the outcome; null if there is none.",
        "Matrix.waivers": _WAIVERS,
        **_WAIVER,
        "Row.tenant": "The tenant of the principal.",
        "Row.principal": "The principal, `name@REALM`; in parentheses if it is an anonymous or a nonexistent user.",
        "Row.kind": "How the session is authenticated: with Kerberos, anonymously, or as a user who does not exist.",
        "Row.storage": "The name of the storage, from the site file.",
        "Row.path": "The data path: the host name or the address in the UNC path.",
        "Row.of": "The tenant that the data path belongs to.",
        "Row.cells": "One cell for each share of the storage, then those of shares that the site file does not state.",
        "Cell.share": "The name of the share.",
        "Cell.owner": "The tenant that the share belongs to; empty if the site file does not state the share.",
        "Cell.expected": "The access that the site file states.",
        "Cell.observed": "What the storage granted or denied in the test; empty if it was not tested.",
        "Cell.outcome": "How the observed access, or else the computed access, compares with the expected access.",
        "Cell.why": "What decides the outcome, or why it could not be determined.",
        "Cell.computed": "The access that the share and NTFS permissions give; empty if it is not known.",
        "Cell.observed_access": "The observed access in one term: refused, read, change, full …; empty if not tested.",
        "Cell.computed_access": "The computed access in one term; empty if it is not known.",
    }
)

_RESULTS = ("Finding", "Waived", "RemedyStep", "Reason", "Crash")
"""The types of the report that a recheck contains too."""

RECHECK: Mapping[str, str] = MappingProxyType(
    {
        **_head("Recheck", "krbcheck", "site", "started", "seconds", "interrupted"),
        **{name: text for name, text in REPORT.items() if name.partition(".")[0] in _RESULTS},
        "Recheck.schema": REPORT["Report.schema"],
        "Recheck.report": "When the collection of the earlier report was started: UTC, RFC 3339.",
        "Recheck.questions": "The number of queries.",
        "Recheck.checks": "The ids of the checks that were run again.",
        "Recheck.known": "The number of all checks of this version of krbcheck.",
        "Recheck.causes": "The causes of the earlier report, in its order, or the result that --cause selected.",
        "Recheck.new": "Errors and warnings that the earlier report does not contain; of these the causes, if known.",
        "Recheck.crashes": "Bugs of krbcheck that stopped a query or a check; empty if there was none.",
        "RecheckedCause.id": "The id of the result in the earlier report.",
        "RecheckedCause.code": "The code of the finding, `area.name/slug`; the id of the check if it was undetermined.",
        "RecheckedCause.subject": "The object that the result concerns, such as an SPN, an account or a share.",
        "RecheckedCause.tenant": _TENANT,
        "RecheckedCause.severity": "The severity in the earlier report; null if the result was undetermined.",
        "RecheckedCause.state": _STATE,
        "RecheckedCause.was": "The message of the earlier report.",
        "RecheckedCause.says": "The message of this recheck; empty if it has none.",
        "RecheckedCause.because": "The evidence of this recheck, in the order in which the check uses it.",
        "RecheckedCause.follows": "The results of the earlier report that followed from the cause.",
        "Followed.id": "The id of the result in the earlier report.",
        "Followed.code": "The code of the finding, `area.name/slug`; the id of the check if it was undetermined.",
        "Followed.subject": "The object that the result concerns.",
        "Followed.tenant": _TENANT,
        "Followed.state": _STATE,
        "Followed.says": "The message of this recheck; empty if it has none.",
    }
)

DIFF: Mapping[str, str] = MappingProxyType(
    {
        "Difference.schema": REPORT["Report.schema"],
        "Difference.krbcheck": _HEAD["krbcheck"],
        "Difference.before": "The earlier report.",
        "Difference.after": "The later report.",
        "Difference.new": "The findings of the later report that the earlier one lacks, or whose waiver is not valid.",
        "Difference.fixed": "The findings of the earlier report that the later one, with the check completed, lacks.",
        "Difference.unchanged": "The findings of both reports, as in the later one.",
        "Difference.newly_undetermined": "The undetermined results of the later report that the earlier one lacks.",
        "Difference.not_tested": "The findings of the earlier report that the later one did not test again.",
        "Difference.no_longer_stated": "The findings of the earlier report about what the site file no longer states.",
        "Difference.remarks": "Why the reports are comparable in part only, one sentence each.",
        "Side.site": _HEAD["site"],
        "Side.krbcheck": "The version of krbcheck that wrote the report.",
        "Side.started": _HEAD["started"],
        "Side.vantages": REPORT["Report.vantages"],
        "Side.checks": "The number of checks.",
        "Change.id": "The id of the result, the same in both reports.",
        "Change.code": "The code of the finding, `area.name/slug`; the id of the check if it is undetermined.",
        "Change.severity": "The severity; null if the result is undetermined.",
        "Change.tenant": _TENANT,
        "Change.subject": "The object that the result concerns.",
        "Change.says": "The message.",
        "Change.follows": "Whether it follows from another result of the same report.",
        "Change.waived": "Whether a waiver accepts it in that report.",
        "Change.why": "Why it is not known whether it is fixed; empty for other results.",
    }
)

TRACE: Mapping[str, str] = MappingProxyType(
    {
        **_head("Trace", "krbcheck", "site", "started", "seconds"),
        "Trace.schema": REPORT["Report.schema"],
        "Trace.principal": "The client, `name@REALM`.",
        "Trace.service": "The service principal name (SPN).",
        "Trace.vantage": _FROM,
        "Trace.source": "The source address of the queries; empty if the operating system selected it.",
        "Trace.search_order": "The forest search order that the site file states, as DNS names of forests.",
        "Trace.outcome": "ticket: every KDC leads to a ticket; by-luck: some do; no-ticket: none does; else unknown.",
        "Trace.code": "The code of the finding that is the cause, `area.name/slug`; empty if there is none.",
        "Trace.breaks": "The message of that finding, or why the outcome is unknown; empty for a ticket.",
        "Trace.symptom": "The message of the failing exchange; empty if it is the cause itself, and for a ticket.",
        "Trace.also": "Further findings that are causes of the same failure.",
        "FurtherCause.code": "The code of the finding.",
        "FurtherCause.says": "The message of the finding.",
        "FurtherCause.remedy": "The steps that fix it.",
        "Trace.mend": "The remedy of that finding, as steps in their order; empty if there is none.",
        **_STEP,
        "Trace.policy": "The effective group policy settings for the forest search order.",
        "Trace.kdcs": "The exchanges that start at each KDC of the principal's realm.",
        "Trace.library": "The result of libkrb5 on this host for the same request; null if it was not tested.",
        "Trace.keys": "The accounts whose keys encrypt the service tickets.",
        "Policy.about": "The account of the host or the domain controller to which the settings apply.",
        "Policy.says": "The settings and the group policy objects that contain them.",
        "TracedKdc.kdc": "The host name of the KDC.",
        "TracedKdc.address": "The address of the KDC.",
        "TracedKdc.tgt": "The AS exchange for the ticket-granting ticket.",
        "TracedKdc.ways": "The TGS exchanges: one chain without a search order, then one for each forest.",
        "TracedAttempt.why": "Whether hosts use this chain: by default, by the search order, or not at all.",
        "TracedAttempt.forest": "The forest that the search order selects; empty for the chain without a search order.",
        "TracedAttempt.found": "Whether the chain ends with a service ticket.",
        "TracedAttempt.loop": "Whether the referrals return to a realm that was queried before.",
        "TracedAttempt.steps": "The exchanges in their order.",
        "Step.realm": "The realm of the KDC.",
        "Step.kdc": "The host name of the KDC; empty if the realm has none.",
        "Step.asked": "The service that the request names.",
        "Step.because": "What leads to this KDC: a referral, or a KDC before it that did not respond; empty if first.",
        "Step.came": "The kind of the answer: a ticket, a referral, an error, or silence for no answer.",
        "Step.says": "The answer in one line, or why there is none.",
        "Step.seconds": "Seconds from the request to the answer.",
        "Step.code": "The error code of a KRB-ERROR (RFC 4120 7.5.9); null for any other answer.",
        "Step.ntstatus": "The NTSTATUS in the KRB-ERROR ([MS-KILE] 2.2.1); null if it contains none.",
        "Step.means": "What the error code means; empty for any other answer.",
        "Library.ok": "Whether libkrb5 got a service ticket.",
        "Library.says": "The result in one line.",
        "Library.seconds": "Seconds from the request to the result.",
        "Keys.accounts": "The accounts that may have the key.",
        "Keys.tickets": "The service tickets, one for each KDC that issued one.",
        "Keys.answers": "The answers of the storage to sessions with such a ticket.",
        "Keys.summary": "The same as sentences, for people.",
        "AccountKey.account": "The account, `sAMAccountName@REALM`.",
        "AccountKey.version": "The key version (msDS-KeyVersionNumber); null if it could not be read.",
        "AccountKey.storage": "Whether it is the account of the storage that the site file states.",
        "AccountKey.owns": "Whether the SPN, or the HOST SPN of the same name, is registered on the account.",
        "MadeTicket.kdc": "The KDC that issued the ticket.",
        "MadeTicket.realm": "The realm of the service.",
        "MadeTicket.etype": "The encryption type of the ticket (RFC 3961 8), such as 18 for AES256-CTS-HMAC-SHA1-96.",
        "MadeTicket.version": "The key version of the ticket; null if the KDC does not state it.",
        "MadeTicket.owners": "The accounts whose key it can be, by realm and key version.",
        "StorageAnswer.principal": "The client of the ticket, `name@REALM`.",
        "StorageAnswer.path": "The data path of the session.",
        "StorageAnswer.said": "The answer of the storage in one line.",
        "StorageAnswer.accepted": "Whether the storage accepted the ticket.",
    }
)


def described(schema: dict[str, object], descriptions: Mapping[str, str]) -> dict[str, object]:
    """Returns the JSON Schema with the description of each property that `descriptions` names; raises KeyError for a
    name that the schema does not have.
    """
    types = {name: dict(_mapping(value)) for name, value in _mapping(schema["$defs"]).items()}
    for name, text in descriptions.items():
        kind, _, name_in_json = name.rpartition(".")
        properties = dict(_mapping(types[kind]["properties"]))
        properties[name_in_json] = {**_mapping(properties[name_in_json]), "description": text}
        types[kind]["properties"] = properties
    return {**schema, "$defs": types}


def _mapping(value: object) -> Mapping[str, object]:
    """Returns the value, which a JSON Schema has as an object at this position."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{type(value).__name__} instead of an object")
    return value
