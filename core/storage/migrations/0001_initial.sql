-- The whole core. Ids are made by the application (UUID) unless a natural key exists; instants are timestamptz, wall-clock times are
-- date and time in the platform's zone; states are text with a CHECK, so that a row reads well in psql.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Accent-free lower-case text, usable in an index.
CREATE FUNCTION fold(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(unaccent('unaccent', $1));


-- Reference: communes of the region (INSEE, La Poste, DILA, IGN).

CREATE TABLE commune (
    insee text PRIMARY KEY,
    name text NOT NULL,
    name_key text NOT NULL,          -- folded, spaces for hyphens and apostrophes
    postcodes text[] NOT NULL,
    department text NOT NULL,
    population integer NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL
);
CREATE INDEX commune_name_key ON commune (name_key text_pattern_ops);
CREATE INDEX commune_name_trigram ON commune USING gin (name_key gin_trgm_ops);
CREATE INDEX commune_postcodes ON commune USING gin (postcodes);


-- Accounts

CREATE TABLE account (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text,              -- argon2id; NULL until the invitation is accepted
    region_role text CHECK (region_role IN ('coordinator', 'admin')),
    locale text NOT NULL DEFAULT 'fr',
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);
CREATE UNIQUE INDEX account_email ON account (lower(email));

CREATE TABLE session (
    id_hash bytea PRIMARY KEY,       -- SHA-256 of the cookie
    account uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text NOT NULL DEFAULT ''
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires_at ON session (expires_at);

-- Attempts counted per key (an address, an account, a link) and window, for throttling.
CREATE TABLE rate_count (
    key text NOT NULL,
    window_start timestamptz NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (key, window_start)
);


-- Network

CREATE TABLE structure (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    kind text NOT NULL,              -- taxonomy: structure_kinds
    department text NOT NULL,
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'closed')),
    email text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    presentation text NOT NULL DEFAULT '',
    lead_hours integer CHECK (lead_hours >= 0),          -- NULL: the region's
    horizon_days integer CHECK (horizon_days > 0),
    open_on_holidays boolean NOT NULL DEFAULT false,
    strategy text NOT NULL DEFAULT 'matching_rules:rules',
    source text NOT NULL DEFAULT '',
    is_confirmed boolean NOT NULL DEFAULT true,          -- false: known of, not checked; never published
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (is_confirmed OR status = 'draft')
);

CREATE TABLE site (
    id uuid PRIMARY KEY,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    name text NOT NULL,
    address text NOT NULL DEFAULT '',
    postcode text NOT NULL DEFAULT '',
    city text NOT NULL DEFAULT '',
    insee text,
    department text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    directions text NOT NULL DEFAULT '',
    is_enabled boolean NOT NULL DEFAULT true
);
CREATE INDEX site_structure ON site (structure);

-- Civil year; renewed tacitly, so the years are rows.
CREATE TABLE agreement (
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    year integer NOT NULL,
    status text NOT NULL CHECK (status IN ('proposed', 'active', 'ended')),
    PRIMARY KEY (structure, year)
);

CREATE TABLE advisor (
    id uuid PRIMARY KEY,
    account uuid NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    display_name text NOT NULL,      -- what a youth reads
    phone text NOT NULL DEFAULT '',
    trained_on date,                 -- NULL: no public slot yet
    notice_level text NOT NULL DEFAULT 'all' CHECK (notice_level IN ('all', 'others', 'soon', 'none'))
);

CREATE TABLE membership (
    account uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('advisor', 'manager')),
    accepted_at timestamptz,         -- NULL: invited
    ended_at timestamptz,
    PRIMARY KEY (account, structure)
);
CREATE INDEX membership_structure ON membership (structure);


-- Agenda: rules on the wall clock, slots as a projection

CREATE TABLE opening (
    id uuid PRIMARY KEY,
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    site uuid REFERENCES site (id) ON DELETE SET NULL,
    channels text[] NOT NULL CHECK (cardinality(channels) > 0),
    repeat text NOT NULL DEFAULT 'none' CHECK (repeat IN ('none', 'weekly', 'monthly')),
    every integer NOT NULL DEFAULT 1 CHECK (every BETWEEN 1 AND 12),
    starts_on date NOT NULL,         -- first day; gives the weekday (and the nth of the month)
    ends_on date,                    -- last day, inclusive; NULL: for ever
    start_time time NOT NULL,
    end_time time NOT NULL,
    slot_minutes integer NOT NULL DEFAULT 60 CHECK (slot_minutes BETWEEN 15 AND 240),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (end_time > start_time),
    CHECK (ends_on IS NULL OR (repeat <> 'none' AND ends_on > starts_on))
);
CREATE INDEX opening_advisor ON opening (advisor);
CREATE INDEX opening_structure ON opening (structure);

-- An absence is the advisor's, so it counts in every structure.
CREATE TABLE absence (
    id uuid PRIMARY KEY,
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    label text NOT NULL DEFAULT '',
    repeat text NOT NULL DEFAULT 'none' CHECK (repeat IN ('none', 'weekly')),
    every integer NOT NULL DEFAULT 1 CHECK (every BETWEEN 1 AND 12),
    starts_on date NOT NULL,
    start_time time NOT NULL,
    ends_on date NOT NULL,           -- day of the (first) end
    end_time time NOT NULL,
    until date,                      -- last day of a recurrence, inclusive
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((starts_on + start_time) < (ends_on + end_time)),
    CHECK (repeat = 'none' OR starts_on = ends_on)
);
CREATE INDEX absence_advisor ON absence (advisor);

-- Bookable starts: openings minus absences, holidays and outside busy time. Appointments and live holds are taken off by the search.
CREATE TABLE slot (
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    site uuid REFERENCES site (id) ON DELETE CASCADE,
    channels text[] NOT NULL,
    provider text NOT NULL,          -- key of the slot provider
    source text NOT NULL DEFAULT '', -- the opening, in the provider's words
    PRIMARY KEY (advisor, structure, starts_at)
);
CREATE INDEX slot_site ON slot (site, starts_at);
CREATE INDEX slot_structure ON slot (structure, starts_at);
CREATE INDEX slot_starts_at ON slot (starts_at);

-- Why an advisor's slots are hidden (a busy source that cannot be trusted) or stale (a provider that fails).
CREATE TABLE supply_problem (
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    source text NOT NULL,            -- key of the provider or busy source
    effect text NOT NULL CHECK (effect IN ('hidden', 'stale')),
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (advisor, source)
);


-- Booking

-- E-mail is a contact, never an identity.
CREATE TABLE youth (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    birth_date date,
    commune text REFERENCES commune (insee),
    consent_version text NOT NULL,
    consented_at timestamptz NOT NULL,
    locale text NOT NULL DEFAULT 'fr',
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX youth_email ON youth (lower(email));

CREATE TABLE hold (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    advisor uuid NOT NULL REFERENCES advisor (id) ON DELETE CASCADE,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    site uuid REFERENCES site (id) ON DELETE CASCADE,
    channel text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX hold_advisor ON hold (advisor, starts_at);
CREATE INDEX hold_expires_at ON hold (expires_at);

CREATE TABLE appointment (
    id uuid PRIMARY KEY,
    youth uuid NOT NULL REFERENCES youth (id),
    advisor uuid NOT NULL REFERENCES advisor (id),
    structure uuid NOT NULL REFERENCES structure (id),
    site uuid REFERENCES site (id),
    channel text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'booked'
        CHECK (status IN ('booked', 'honoured', 'no_show', 'cancelled_by_youth', 'cancelled_by_structure')),
    origin text NOT NULL DEFAULT 'youth' CHECK (origin IN ('youth', 'advisor', 'manager', 'coordinator', 'api')),
    author uuid REFERENCES account (id),
    out_of_lead boolean NOT NULL DEFAULT false,
    wish text NOT NULL DEFAULT '',   -- a word on the project, by the youth
    sequence integer NOT NULL DEFAULT 0,
    link_version integer NOT NULL DEFAULT 1,   -- part of the stable link's signature: raise it to revoke
    meeting jsonb,                   -- contracts.booking.Meeting; NULL: link to follow
    hold uuid UNIQUE,                -- makes a second confirmation of one hold find the first
    cancel_reason text NOT NULL DEFAULT '',
    cancelled_at timestamptz,
    created_at timestamptz NOT NULL,
    is_demo boolean NOT NULL DEFAULT false,
    CHECK (ends_at > starts_at),
    CONSTRAINT appointment_no_overlap EXCLUDE USING gist
        (advisor WITH =, tstzrange(starts_at, ends_at) WITH &&)
        WHERE (status IN ('booked', 'honoured', 'no_show'))
);
CREATE INDEX appointment_advisor ON appointment (advisor, starts_at);
CREATE INDEX appointment_structure ON appointment (structure, starts_at);
CREATE INDEX appointment_youth ON appointment (youth);
CREATE INDEX appointment_starts_at ON appointment (starts_at);

-- For plugins that count: appointments without a word on who came. Columns may be added, never changed.
CREATE VIEW appointment_figures AS
    SELECT p.id AS appointment, p.structure, s.name AS structure_name, coalesce(i.department, s.department) AS department,
        p.channel, p.status, p.origin, (p.starts_at AT TIME ZONE 'Europe/Paris')::date AS starts_on,
        extract(year FROM age((p.starts_at AT TIME ZONE 'Europe/Paris')::date, y.birth_date))::integer AS age
    FROM appointment p
    JOIN structure s ON s.id = p.structure
    JOIN youth y ON y.id = p.youth
    LEFT JOIN site i ON i.id = p.site;

-- Every move of an appointment: booked, moved, channel, reassigned, cancelled, closed, reset.
CREATE TABLE appointment_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    appointment uuid NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
    kind text NOT NULL,
    sequence integer NOT NULL,
    actor text NOT NULL,             -- youth, staff, platform
    account uuid REFERENCES account (id),
    before jsonb,                    -- advisor, site, channel, starts_at, ends_at, status as they were
    at timestamptz NOT NULL
);
CREATE INDEX appointment_change_appointment ON appointment_change (appointment, sequence);


-- Notices: one receipt per appointment, kind, audience, revision and carrier

CREATE TABLE receipt (
    id uuid PRIMARY KEY,
    appointment uuid NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
    kind text NOT NULL,
    audience text NOT NULL CHECK (audience IN ('youth', 'advisor', 'former_advisor')),
    revision text NOT NULL,          -- what makes a second notice of the same kind another notice
    carrier text NOT NULL,
    state text NOT NULL DEFAULT 'due'
        CHECK (state IN ('due', 'sent', 'kept', 'refused', 'dropped', 'gave_up')),
    recipient text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,     -- next attempt
    lease_until timestamptz,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    UNIQUE (appointment, kind, audience, revision, carrier)
);
CREATE INDEX receipt_due ON receipt (due_at) WHERE state = 'due';


-- Catalogue

CREATE TABLE programme (
    id text PRIMARY KEY,             -- slug, stable for ever
    version integer NOT NULL,        -- the current one
    status text NOT NULL CHECK (status IN ('draft', 'in_review', 'published', 'to_verify', 'archived')),
    title text NOT NULL,
    search text NOT NULL DEFAULT '', -- folded words that find the sheet: title, places, fields
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX programme_status ON programme (status);

-- Sheets are never lost: a roadmap opens the version that it kept.
CREATE TABLE programme_version (
    programme text NOT NULL REFERENCES programme (id) ON DELETE CASCADE,
    version integer NOT NULL,
    facts jsonb NOT NULL,            -- contracts.matching.Programme
    author uuid REFERENCES account (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (programme, version)
);


-- Interviews

CREATE TABLE interview (
    appointment uuid PRIMARY KEY REFERENCES appointment (id) ON DELETE CASCADE,
    profile jsonb NOT NULL DEFAULT '{}',       -- contracts.matching.Profile
    project jsonb NOT NULL DEFAULT '{}',       -- contracts.matching.Project
    prepared jsonb,                            -- what the youth wrote beforehand: {profile, project}
    prepared_at timestamptz,
    revision integer NOT NULL DEFAULT 0,       -- rises at each save; a stale save is refused
    notes text NOT NULL DEFAULT '',            -- advisor only
    advisor_word text NOT NULL DEFAULT '',     -- read by the youth on the roadmap
    strategy text NOT NULL DEFAULT '',         -- key of the strategy that made the ranking kept
    fallback boolean NOT NULL DEFAULT false,
    outcome text CHECK (outcome IN ('honoured', 'no_show')),
    closed_at timestamptz,
    roadmap_sent_at timestamptz
);

CREATE TABLE kept_programme (
    appointment uuid NOT NULL REFERENCES interview (appointment) ON DELETE CASCADE,
    programme text NOT NULL REFERENCES programme (id),
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('kept', 'set_aside')),
    position integer NOT NULL DEFAULT 0,
    word text NOT NULL DEFAULT '',             -- the advisor's word on this one
    next_step text NOT NULL DEFAULT '',
    verdict jsonb,                             -- contracts.matching.Verdict at the time
    strategy text NOT NULL DEFAULT '',
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (appointment, programme),
    FOREIGN KEY (programme, version) REFERENCES programme_version (programme, version)
);

-- What the youth reads is what was sent: later edits show only once they are sent too.
CREATE TABLE roadmap (
    appointment uuid NOT NULL REFERENCES interview (appointment) ON DELETE CASCADE,
    number integer NOT NULL,                   -- 1, then one more at each sending
    content jsonb NOT NULL,                    -- interviews.roadmap.Content
    sent_at timestamptz NOT NULL,
    author uuid REFERENCES account (id) ON DELETE SET NULL,
    PRIMARY KEY (appointment, number)
);


-- Plugins

CREATE TABLE plugin_policy (
    plugin text PRIMARY KEY,
    policy text NOT NULL CHECK (policy IN ('forbidden', 'available', 'default_on', 'mandatory')),
    delegated boolean NOT NULL DEFAULT false
);

CREATE TABLE plugin_switch (
    plugin text NOT NULL,
    structure uuid NOT NULL REFERENCES structure (id) ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('on', 'off')),
    changed_by uuid REFERENCES account (id),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (plugin, structure)
);

CREATE TABLE plugin_settings (
    plugin text NOT NULL,
    structure uuid REFERENCES structure (id) ON DELETE CASCADE,    -- NULL: the region
    "values" jsonb NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (plugin, structure)
);

-- One number that rises whenever what the snapshot of the plugins is made of changes.
CREATE TABLE plugin_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL
);
INSERT INTO plugin_revision (revision) VALUES (1);

CREATE FUNCTION raise_plugin_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE plugin_revision SET revision = revision + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER plugin_policy_revision AFTER INSERT OR UPDATE OR DELETE ON plugin_policy
    FOR EACH STATEMENT EXECUTE FUNCTION raise_plugin_revision();
CREATE TRIGGER plugin_switch_revision AFTER INSERT OR UPDATE OR DELETE ON plugin_switch
    FOR EACH STATEMENT EXECUTE FUNCTION raise_plugin_revision();
CREATE TRIGGER plugin_settings_revision AFTER INSERT OR UPDATE OR DELETE ON plugin_settings
    FOR EACH STATEMENT EXECUTE FUNCTION raise_plugin_revision();
CREATE TRIGGER structure_revision AFTER INSERT OR UPDATE OR DELETE ON structure
    FOR EACH STATEMENT EXECUTE FUNCTION raise_plugin_revision();


-- Outbox, jobs, audit

CREATE TABLE outbox_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payload jsonb NOT NULL,          -- contracts.events.Event
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One row per event and handler.
CREATE TABLE outbox_delivery (
    event bigint NOT NULL REFERENCES outbox_event (id) ON DELETE CASCADE,
    handler text NOT NULL,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    problem text NOT NULL DEFAULT '',
    done_at timestamptz,
    PRIMARY KEY (event, handler)
);
CREATE INDEX outbox_delivery_due ON outbox_delivery (due_at) WHERE state = 'due';

-- One row per job on a beat. `token` fences a worker that overran its lease.
CREATE TABLE job (
    key text PRIMARY KEY,
    due_at timestamptz NOT NULL,
    lease_until timestamptz,
    owner text,
    token bigint NOT NULL DEFAULT 0,
    started_at timestamptz,
    finished_at timestamptz,
    problem text NOT NULL DEFAULT ''
);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    account uuid REFERENCES account (id) ON DELETE SET NULL,
    action text NOT NULL,            -- room.verb: plugin.switched, interview.opened…
    structure uuid REFERENCES structure (id) ON DELETE SET NULL,
    object text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (object);
