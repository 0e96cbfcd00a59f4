"""Words that stand beside figures, in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

from stats_svc.domain import PRIOR_WEIGHT

Text = Mapping[str, str]
METHOD: Text = {
    "uk": "Темп — витрачений час, поділений на час, якого та сама суміш послуг зазвичай потребує в цьому центрі."
    " Якість — середня оцінка обслуговування загалом (1–4). Де візитів чи оцінок мало, показник наближено до"
    f" середнього по центру так, ніби до власних додано {PRIOR_WEIGHT} середніх; такі позначено small_sample."
    " Це не рейтинг працівників.",
    "en": "Pace is the time taken, divided by the time that the same mix of services usually takes in this centre."
    " Quality is the mean answer on the service as a whole (1–4). Where visits or ratings are few, the figure is drawn"
    f" to the centre's mean, as if {PRIOR_WEIGHT} average ones were added to the own; these are marked small_sample."
    " This does not rank anybody.",
    "pl": "Tempo to czas obsługi podzielony przez czas, jakiego ten sam zestaw usług zwykle wymaga w tym centrum."
    " Jakość to średnia ocena obsługi ogółem (1–4). Gdzie wizyt lub ocen jest mało, wskaźnik zbliżono do średniej"
    f" centrum, jakby do własnych dodano {PRIOR_WEIGHT} przeciętnych; takie oznaczono small_sample."
    " To nie jest ranking pracowników.",
}
