"""Bulletin, weekly list, monthly figures and village dossier: Word and PDF from recorded facts, no number typed (B4).

``facts`` and ``dossier`` read; ``sections`` says it in paragraphs and tables for the page and the PDF (documents.typ);
``word`` fills the county's template; ``making`` puts them together. All work on the same plain data, so the figures
are the same.
"""
