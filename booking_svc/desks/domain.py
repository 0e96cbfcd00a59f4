"""A desk that its manager has closed calls nobody (api.md "The day in the centre"). Pure."""

from __future__ import annotations

from services.errors import Problem


class DeskClosed(Problem):
    status, code = 409, "desk_closed"
    title = {"uk": "Робоче місце зачинено", "en": "The desk is closed", "pl": "Stanowisko jest zamknięte"}
    detail = {
        "uk": "Керівник центру зачинив це робоче місце: розпочатий візит можна завершити, але нікого не викликають. "
        "Відвідувачів викликають інші місця; щоб працювати далі, попросіть керівника його відкрити.",
        "en": "The manager of the centre has closed this desk: a visit under way can be finished, nobody is called. "
        "The other desks call the visitors; to go on, ask the manager to open it.",
        "pl": "Kierownik centrum zamknął to stanowisko: rozpoczętą wizytę można dokończyć, ale nikt nie jest wzywany. "
        "Interesantów wzywają inne stanowiska; aby pracować dalej, poproś kierownika o otwarcie.",
    }
