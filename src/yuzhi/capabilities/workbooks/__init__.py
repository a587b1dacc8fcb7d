"""Workbooks (XLSX) somebody sent, opened with care; what their rows mean is for whoever reads them."""

from yuzhi.capabilities.workbooks._opening import MOST_UNPACKED, is_workbook, rows_of, shown

__all__ = ["MOST_UNPACKED", "is_workbook", "rows_of", "shown"]
