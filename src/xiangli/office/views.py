from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from xiangli.office import today


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Today: my commonest tasks, what waits for me, what happens in my centres, my villages."""
    now = timezone.now()
    day = timezone.localdate(now)
    user = request.user
    centres = today.centres_of(user)
    items, pressing = today.urgent_items(user, day)
    happening = today.happenings(user, centres, now, day)
    waiting, decide = list(today.waiting_cases(user)), list(today.to_decide(user))
    context = {
        "day": day,
        "tasks": today.tasks(user, centres),
        "items": items,
        "items_more": pressing - len(items),
        "decide": decide[: today.SHOWN],
        "decide_more": max(0, len(decide) - today.SHOWN),
        "cases": waiting[: today.SHOWN],
        "cases_more": max(0, len(waiting) - today.SHOWN),
        "happening": happening[: today.SHOWN],
        "happening_more": max(0, len(happening) - today.SHOWN),
        "centres": today.open_now(centres, now),
        "is_many": len(centres) == today.MOST_CENTRES,
    }
    return render(request, "office/home.html", context)
