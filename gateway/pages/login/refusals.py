"""Why somebody could not be signed in, and what to do."""

from __future__ import annotations

from services.errors import Problem, Unauthenticated, Unavailable


class LoginNotSetUp(Problem):
    status, code = 503, "login_not_set_up"
    title = {"uk": "Вхід не налаштовано", "en": "Login is not set up", "pl": "Logowanie nie jest skonfigurowane"}
    detail = {
        "uk": "Ця система поки що не має служби входу. Запишіться через термінал у центрі або зверніться до того, хто "
        "її обслуговує.",
        "en": "This system has no login service yet. Book at the terminal in the centre, or ask whoever runs it.",
        "pl": "Ten system nie ma jeszcze usługi logowania. Umów wizytę przy terminalu w centrum lub zapytaj "
        "administratora systemu.",
    }


class LoginExpired(Problem):
    """There is no such pending login in this browser: too old, done already, or begun elsewhere."""

    status, code = 400, "login_expired"
    title = {"uk": "Вхід не завершено", "en": "The login was not completed", "pl": "Logowanie nie zostało ukończone"}
    detail = {
        "uk": "Минуло забагато часу, або вхід почали в іншому браузері, або браузер не приймає файлів cookie. Почніть "
        "вхід знову.",
        "en": "It took too long, or it was begun in another browser, or the browser takes no cookies. Begin the login "
        "again.",
        "pl": "Minęło zbyt dużo czasu albo logowanie rozpoczęto w innej przeglądarce, albo przeglądarka nie przyjmuje "
        "plików cookie. Zacznij logowanie od nowa.",
    }


class LoginCancelled(Problem):
    status, code = 403, "login_cancelled"
    title = {"uk": "Вхід скасовано", "en": "The login was cancelled", "pl": "Logowanie anulowano"}
    detail = {
        "uk": "Ви не увійшли. Дивитися послуги, центри й вільний час можна й так; щоб записатися, увійдіть.",
        "en": "You are not signed in. Services, centres and free times can be seen without it; to book, log in.",
        "pl": "Nie zalogowano Cię. Usługi, centra i wolne terminy można przeglądać bez logowania; aby umówić wizytę, "
        "zaloguj się.",
    }


class LoginRefused(Problem):
    """What the login service answered does not hold: never somebody's login."""

    status, code = 502, "login_refused"
    title = {"uk": "Вхід не вдався", "en": "The login failed", "pl": "Logowanie nie powiodło się"}
    detail = {
        "uk": "Відповідь служби входу не пройшла перевірки, тому нікого не впущено. Почніть вхід знову; якщо це "
        "повториться, повідомте центр.",
        "en": "What the login service answered did not pass the check, so nobody was let in. Begin the login again; if "
        "it happens again, tell the centre.",
        "pl": "Odpowiedź usługi logowania nie przeszła weryfikacji, więc nikogo nie wpuszczono. Zacznij logowanie od "
        "nowa; jeśli to się powtórzy, powiadom centrum.",
    }


class LoginUnavailable(Unavailable):
    title = {"uk": "Вхід зараз недоступний", "en": "Login is not available now", "pl": "Logowanie chwilowo niedostępne"}
    detail = {
        "uk": "Служба входу не відповідає. Спробуйте за хвилину; утриманий час лишається за вами, доки триває відлік.",
        "en": "The login service does not answer. Try again in a minute; a time that you hold stays yours while its "
        "countdown runs.",
        "pl": "Usługa logowania nie odpowiada. Spróbuj za minutę; zatrzymany termin pozostaje Twój, dopóki trwa "
        "odliczanie.",
    }


class SignedOut(Unauthenticated):
    """A form came after the end of the session."""

    title = {"uk": "Увійдіть знову", "en": "Sign in again", "pl": "Zaloguj się ponownie"}
    detail = {
        "uk": "Ваш вхід закінчився, тож форму не надіслано й нічого не змінено. Увійдіть і зробіть це ще раз.",
        "en": "Your login has ended, so the form was not sent and nothing was changed. Sign in and do it again.",
        "pl": "Sesja wygasła, więc formularza nie wysłano i nic się nie zmieniło. Zaloguj się i zrób to ponownie.",
    }
