from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from xiangli.accounts.choices import DESK
from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import has_any_role
from xiangli.office import today


@shows_personal("来信（今天）")
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Today: my commonest tasks, what waits for me, what happens in my centres, my villages."""
    now = timezone.now()
    day = timezone.localdate(now)
    user = request.user
    centres = today.centres_of(user)
    context = {
        "day": day,
        "tasks": today.tasks(user, centres),
        "shown": f":{today.SHOWN}",
        "most": today.SHOWN,
        "items": today.urgent_items(user, day),
        "decide": today.to_decide(user),
        "cases": today.waiting_cases(user),
        "happening": today.happenings(user, centres, now, day),
        "centres": today.open_now(centres, now),
        "at_desk": has_any_role(user, *DESK),
        "is_near": len(centres) <= today.NEAR,
        "is_many": len(centres) == today.MOST_CENTRES,
    }
    return render(request, "office/home.html", context)
