"""How a running process tells what it does: one line an event, for eyes or as JSON, on standard error."""

import logging
import sys

import structlog

from yuzhi.settings import Settings


def set_up_logging(settings: Settings) -> None:
    """Set structlog and the standard library's logging to one form and one level."""
    level = getattr(logging, settings.log_level.upper())
    is_json = settings.log_format == "json"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info if is_json else structlog.processors.StackInfoRenderer(),
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if is_json
            else structlog.dev.ConsoleRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(message)s", force=True
    )
