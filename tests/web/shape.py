"""Write down the shape of the report document: python -m tests.web.shape."""

import orjson

from tests.web.test_document import SHAPE, lines_of, reported
from untaken.cli.session import as_json


def main() -> None:
    SHAPE.write_text("\n".join(lines_of(orjson.loads(as_json(reported())))) + "\n", "utf-8")


if __name__ == "__main__":
    main()
