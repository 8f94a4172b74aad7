"""page"""


def make_report(comparison, item=None, arm=None, pair=None):
    return "<html></html>"
