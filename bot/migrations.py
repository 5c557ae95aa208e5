"""The tables of the database, as the steps that made them. A released step is never changed: a change is a new step."""

from typing import Final

from sqlite_utils import Database, Migrations

from bot.errors import StoreError

LATEST: Final = (
    "m001_create_people",
    "m002_create_feedback",
    "m003_create_unanswered",
    "m004_create_turns",
    "m005_create_handled",
    "m006_create_runs",
    "m007_create_facts",
    "m008_create_steps",
    "m009_note_unreachable",
    "m010_create_reminder_settings",
    "m011_create_reminders",
    "m012_create_switches",
    "m013_create_usage",
    "m014_decide_unanswered",
    "m015_create_views",
)
"""The names of all steps in order; a database with another name in it was written by a newer version."""

migrations = Migrations("regbot")


@migrations()
def m001_create_people(db: Database) -> None:
    """Create the people. AUTOINCREMENT: the number of a forgotten person is never given to another one."""
    db.execute("""
        CREATE TABLE people (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            channel TEXT NOT NULL,
            channel_id TEXT NOT NULL,
            language TEXT,
            chosen_language TEXT,
            first_seen TEXT NOT NULL,
            last_seen TEXT NOT NULL,
            UNIQUE (channel, channel_id)
        ) STRICT
    """)


@migrations()
def m002_create_feedback(db: Database) -> None:
    """Create the opinions about answers: one for each person and entry."""
    db.execute("""
        CREATE TABLE feedback (
            id INTEGER PRIMARY KEY,
            person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
            entry TEXT NOT NULL,
            language TEXT NOT NULL,
            helpful INTEGER NOT NULL CHECK (helpful IN (0, 1)),
            given_at TEXT NOT NULL,
            UNIQUE (person, entry)
        ) STRICT
    """)


@migrations()
def m003_create_unanswered(db: Database) -> None:
    """Create the questions without an answer, and who asked them."""
    db.execute("""
        CREATE TABLE unanswered (
            id INTEGER PRIMARY KEY,
            text TEXT NOT NULL,
            language TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('none', 'suggest')),
            matches TEXT NOT NULL,
            times_asked INTEGER NOT NULL,
            first_asked TEXT NOT NULL,
            last_asked TEXT NOT NULL,
            UNIQUE (text, language)
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE unanswered_by (
            unanswered INTEGER NOT NULL REFERENCES unanswered ON DELETE CASCADE,
            person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
            PRIMARY KEY (unanswered, person)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX unanswered_by_person ON unanswered_by (person)")


@migrations()
def m004_create_turns(db: Database) -> None:
    """Create what the last reply to each person offered, as JSON."""
    db.execute("""
        CREATE TABLE turns (
            person INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
            state TEXT NOT NULL
        ) STRICT
    """)


@migrations()
def m005_create_handled(db: Database) -> None:
    """Create the messages that were handled already."""
    db.execute("""
        CREATE TABLE handled (
            channel TEXT NOT NULL,
            update_id TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (channel, update_id)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX handled_at ON handled (at)")


@migrations()
def m006_create_runs(db: Database) -> None:
    """Create people's places in the guided flows; a run is JSON."""
    db.execute("""
        CREATE TABLE runs (
            person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
            flow TEXT NOT NULL,
            run TEXT NOT NULL,
            current INTEGER NOT NULL CHECK (current IN (0, 1)),
            PRIMARY KEY (person, flow)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE UNIQUE INDEX runs_current ON runs (person) WHERE current = 1")


@migrations()
def m007_create_facts(db: Database) -> None:
    """Create what people told once for all flows; the value is JSON."""
    db.execute("""
        CREATE TABLE facts (
            person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (person, name)
        ) STRICT, WITHOUT ROWID
    """)


@migrations()
def m008_create_steps(db: Database) -> None:
    """Create the history of people's steps in the flows."""
    db.execute("""
        CREATE TABLE steps (
            id INTEGER PRIMARY KEY,
            person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
            at TEXT NOT NULL,
            flow TEXT NOT NULL,
            step TEXT NOT NULL,
            what TEXT NOT NULL,
            detail TEXT
        ) STRICT
    """)
    db.execute("CREATE INDEX steps_person ON steps (person)")


@migrations()
def m009_note_unreachable(db: Database) -> None:
    """Note since when a person cannot be written to, such as for having blocked the bot."""
    db.execute("ALTER TABLE people ADD COLUMN unreachable_since TEXT")


@migrations()
def m010_create_reminder_settings(db: Database) -> None:
    """Create how people want to be reminded; `off` is a JSON list, `planned_with` names what their plan was made from."""
    db.execute("""
        CREATE TABLE reminder_settings (
            person INTEGER PRIMARY KEY REFERENCES people ON DELETE CASCADE,
            zone TEXT,
            hour INTEGER CHECK (hour BETWEEN 0 AND 23),
            off TEXT NOT NULL DEFAULT '[]',
            later TEXT,
            planned_with TEXT NOT NULL DEFAULT ''
        ) STRICT
    """)
    # Who said earlier that they want to be reminded was promised that it would happen; an empty `planned_with` is planned for.
    db.execute("""
        INSERT INTO reminder_settings (person) SELECT person FROM facts WHERE name = 'reminders' AND value = '"wanted"'
    """)


@migrations()
def m011_create_reminders(db: Database) -> None:
    """Create the reminders, each with what has become of it; `days` is how urgent it is, the fewest first."""
    db.execute("""
        CREATE TABLE reminders (
            person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
            rule TEXT NOT NULL,
            day TEXT NOT NULL,
            kind TEXT NOT NULL,
            due_at TEXT NOT NULL,
            days INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'skipped', 'failed')),
            reason TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            changed_at TEXT NOT NULL,
            PRIMARY KEY (person, rule, day)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX reminders_pending ON reminders (days, due_at) WHERE state = 'pending'")
    db.execute("CREATE INDEX reminders_sending ON reminders (person) WHERE state = 'sending'")


@migrations()
def m012_create_switches(db: Database) -> None:
    """Create what the people who run the assistant have switched for all its processes, such as a pause."""
    db.execute("CREATE TABLE switches (name TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID")


@migrations()
def m013_create_usage(db: Database) -> None:
    """Create what the assistant is used for, as counts by day (in the time zone of the settings); nobody stands in it.

    `what` is "answered" or "opened" with the entry, "suggested" with the best entry, "unanswered" with the subject that is out
    of scope, if it is one, or "small-talk".
    """
    db.execute("""
        CREATE TABLE usage (
            day TEXT NOT NULL,
            what TEXT NOT NULL CHECK (what IN ('answered', 'opened', 'suggested', 'unanswered', 'small-talk')),
            about TEXT NOT NULL,
            language TEXT NOT NULL,
            times INTEGER NOT NULL,
            PRIMARY KEY (day, what, about, language)
        ) STRICT, WITHOUT ROWID
    """)


@migrations()
def m014_decide_unanswered(db: Database) -> None:
    """Note what is to become of an unanswered question, who wants to hear when it is answered, and when each person asked.

    `decision` is "assign" (to `entry`, to be written into the content), "assigned" (written), or "dismiss".
    """
    db.execute("ALTER TABLE unanswered ADD COLUMN decision TEXT CHECK (decision IN ('assign', 'assigned', 'dismiss'))")
    db.execute("ALTER TABLE unanswered ADD COLUMN entry TEXT")
    db.execute("ALTER TABLE unanswered ADD COLUMN decided_at TEXT")
    db.execute("ALTER TABLE unanswered_by ADD COLUMN hears TEXT CHECK (hears IN ('wanted', 'sending'))")
    db.execute("ALTER TABLE unanswered_by ADD COLUMN asked_at TEXT")
    db.execute("UPDATE unanswered_by SET asked_at = (SELECT last_asked FROM unanswered WHERE id = unanswered)")
    db.execute("CREATE INDEX unanswered_by_hears ON unanswered_by (hears) WHERE hears IS NOT NULL")


@migrations()
def m015_create_views(db: Database) -> None:
    """Create views without personal data, for reports and for looking at the database with other programs.

    Who somebody is, what they wrote and what they told have no place in a view.
    """
    db.execute("""
        CREATE VIEW questions_by_day AS
        SELECT day, language,
               sum(CASE WHEN what = 'answered' THEN times ELSE 0 END) AS answered,
               sum(CASE WHEN what = 'suggested' THEN times ELSE 0 END) AS suggested,
               sum(CASE WHEN what = 'unanswered' THEN times ELSE 0 END) AS unanswered,
               sum(CASE WHEN what = 'unanswered' AND about <> '' THEN times ELSE 0 END) AS out_of_scope,
               sum(CASE WHEN what = 'small-talk' THEN times ELSE 0 END) AS small_talk,
               sum(CASE WHEN what = 'opened' THEN times ELSE 0 END) AS opened
        FROM usage GROUP BY day, language
    """)
    db.execute("""
        CREATE VIEW entry_opinions AS
        SELECT entry, count(*) AS opinions, sum(helpful) AS helpful, sum(1 - helpful) AS not_helpful,
               CAST(round(100.0 * avg(helpful)) AS INTEGER) AS helpful_percent
        FROM feedback GROUP BY entry
    """)
    # Who passed a step over, since the answer to it was known, is counted apart unless they were there another time.
    db.execute("""
        CREATE VIEW flow_funnel AS
        SELECT flow, step, sum(was_there) AS people_entered, sum(1 - was_there) AS people_skipped
        FROM (
            SELECT flow, step, max(what <> 'skipped') AS was_there FROM steps
            WHERE what IN ('entered', 'moved', 'skipped') GROUP BY flow, step, person
        )
        GROUP BY flow, step
    """)
    db.execute("""
        CREATE VIEW flow_stops AS
        SELECT flow, json_extract(run, '$.step') AS step, count(*) AS people,
               sum(json_extract(run, '$.changed') <= strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-14 days'))
                   AS not_moved_for_14_days
        FROM (SELECT flow, CASE WHEN json_valid(run) THEN run END AS run FROM runs)
        WHERE json_extract(run, '$.status') = 'active' GROUP BY 1, 2
    """)
    db.execute("""
        CREATE VIEW reminder_states AS
        SELECT kind, state, coalesce(reason, '') AS reason, count(*) AS reminders, count(DISTINCT person) AS people
        FROM reminders GROUP BY 1, 2, 3
    """)
    db.execute("""
        CREATE VIEW people_by_day AS
        SELECT substr(first_seen, 1, 10) AS utc_day, count(*) AS new_people FROM people GROUP BY 1
    """)


def migrate(db: Database, file: str) -> None:
    """Bring the database up to this version: all missing steps, or none of them when one fails.

    Foreign keys have to be off, so that a step may rebuild a table. `file` is the database's name in errors.

    Raises:
        StoreError: The database was written by a newer version, or by another program.
    """
    # The lock comes first: two processes that start at once would take the same steps, and who may not write learns it.
    db.execute("BEGIN IMMEDIATE")
    try:
        _refuse_foreign(db, file)
        migrations.apply(db)
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _refuse_foreign(db: Database, file: str) -> None:
    names = [step.name for step in migrations.applied(db)]
    if not names and db.table_names():
        raise StoreError(f"the database {file} belongs to another program; use another file")
    for name in names:
        if name not in LATEST:
            raise StoreError(
                f'the database {file} was written by a newer version (it has the migration "{name}"); '
                "upgrade the assistant or use another file"
            )
