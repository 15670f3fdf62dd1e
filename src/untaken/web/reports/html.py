"""One self-contained HTML file: styles and drawings inside, nothing fetched, nothing run."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from untaken.web.reports.page import page_of
from untaken.web.reports.words import Document


def render(report: Document) -> str:
    """Render a report document as one HTML page.

    Every text of the document is escaped; the page forbids itself scripts and requests.
    """
    return _template().render(page=page_of(report))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("untaken.web.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja")
