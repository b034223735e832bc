"""A page for a browser."""

from __future__ import annotations

from collections.abc import Iterator

from krbcheck.report.forms import Screen
from krbcheck.report.matrix import Matrix
from krbcheck.report.matrix_page import exceptional, word
from krbcheck.report.text import plain

PIECES = 1000
"""Of a page, put together before they are written."""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>krbcheck matrix of {{ matrix.site }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1d2430;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}p{margin:.3rem 0}.dim{color:#667}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px}
th,td{border:1px solid #d5dae2;padding:.25rem .5rem;text-align:left;white-space:nowrap}
td.long{white-space:normal;min-width:18rem}th{background:#f1f4f8;position:sticky;top:0}td.own{color:#11632f}td.refused{color:#778}
.breach,.locked-out{background:#fbd5d5;color:#8a1010;font-weight:600}
.less-than-stated{background:#fdeec3;color:#6b4a00;font-weight:600}.unknown{background:#ecdcf7;color:#551a7a}
</style></head><body>
<h1>Who reaches which share: {{ matrix.site }}</h1>
<p>{% if matrix.interrupted %}<strong>Interrupted.</strong> {% endif -%}
{{ t.breaches }} breaches, {{ t.locked_out }} locked out, {{ t.less_than_stated }} less than stated,
{{ t.unknown }} not determined, {{ t.as_expected }} of {{ t.cells }} cells as expected.</p>
<p class="dim">{{ matrix.started.strftime("%Y-%m-%d %H:%M:%S UTC") }}, {{ "%.1f"|format(matrix.seconds) }} s,
krbcheck {{ matrix.krbcheck }}, queried from: {{ (matrix.vantages|join(", ") or "nowhere")|plain }}</p>
{% if causes %}<h2>Causes</h2>{% for one, message, steps in causes %}<p><strong>{{ one.code }}</strong>
{% if one.tenant %}<span class="dim">{{ one.tenant|plain }}</span>{% endif %} {{ message|plain }}</p>
{% for step in steps %}<p class="dim">{{ step|plain }}</p>
{% endfor %}{% endfor %}{% endif %}
{% if exceptions %}<h2>Exceptions</h2><div class="scroll"><table>
<tr><th>outcome</th><th>tenant</th><th>share</th><th>of</th><th>storage</th><th>expected</th><th>why</th>
<th>principals</th><th>access lists</th></tr>
{% for one, names, lists in exceptions %}<tr><td class="{{ one.outcome }}">{{ one.outcome }}</td>
<td>{{ one.tenant|plain }}</td>
<td>{{ one.share|plain }}</td><td>{{ (one.owner or "others")|plain }}</td><td>{{ one.storage|plain }}</td>
<td>{{ one.expected }}</td><td>{{ one.why|plain }}</td><td>{{ names|join(", ")|plain }}</td>
<td class="long">{{ lists|plain }}</td></tr>
{% endfor %}</table></div>{% endif %}
{% for path, rows in paths %}<h2>{{ path|plain }} <span class="dim">{{ rows[0].of }}'s data path to
{{ rows[0].storage }}</span></h2><div class="scroll"><table>
<tr><th>tenant</th><th>principal</th>{% for one in rows[0].cells %}<th title="{{ one.owner }}'s">{{ one.share|plain }}
</th>{% endfor %}</tr>
{% for row in rows %}<tr><td>{{ row.tenant|plain }}</td><td>{{ row.principal|plain }}</td>{% for one in row.cells -%}
<td class="{{ one.outcome if one.outcome != 'as-expected' else ('refused' if one.expected == 'refused' else 'own') }}"
 title="expected {{ one.expected }}; {{ one.why|plain }}
{%- if one.computed %}; access lists: {{ one.computed|plain }}{% endif %}">{{ word(one)|plain }}</td>{% endfor %}</tr>
{% endfor %}</table></div>{% endfor %}
</body></html>
"""


def matrix(matrix: Matrix, screen: Screen) -> Iterator[bytes]:
    """Everything in one page, without scripts; text of servers is escaped."""
    from jinja2 import Environment

    surroundings = Environment(autoescape=True, trim_blocks=True)
    surroundings.filters["plain"] = plain
    paths: dict[str, list[object]] = {}
    for row in matrix.rows:
        paths.setdefault(row.path, []).append(row)
    page = surroundings.from_string(PAGE).stream(
        matrix=matrix,
        t=matrix.totals,
        causes=[(cause, cause.says, [step.command or step.says for step in cause.remedy]) for cause in matrix.causes],
        exceptions=exceptional(matrix),
        paths=list(paths.items()),
        word=word,
    )
    page.enable_buffering(PIECES)
    for piece in page:
        yield str(piece).encode(errors="replace")
