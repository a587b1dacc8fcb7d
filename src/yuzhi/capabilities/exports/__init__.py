"""What leaves as a file: a worklist or a matter as XLSX or PDF, personal data masked, with a trace."""

from yuzhi.capabilities.exports._exporting import (
    MOST_ON_PAPER,
    MOST_ROWS,
    Exported,
    Form,
    export_list,
    export_matter,
)
from yuzhi.capabilities.exports._room import ExportRoom

__all__ = [
    "MOST_ON_PAPER",
    "MOST_ROWS",
    "ExportRoom",
    "Exported",
    "Form",
    "export_list",
    "export_matter",
]
