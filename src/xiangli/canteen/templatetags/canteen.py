from django import template

from xiangli.core.money import yuan

register = template.Library()


@register.filter
def hundredths(value: int | None) -> str:
    """Hundredths as people write them, points and yuan alike: 350 -> 3.50, 300 -> 3; nothing where there is none."""
    return "—" if value is None else yuan(value)
