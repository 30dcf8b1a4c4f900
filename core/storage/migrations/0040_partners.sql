-- What a plugin brought into the network, and what it last said of it: a field that differs from that was edited here, and stands.
CREATE TABLE partner_structure (
    source text NOT NULL,            -- the key of what a plugin registered
    key text NOT NULL,               -- the partner's own
    structure uuid NOT NULL UNIQUE REFERENCES structure (id) ON DELETE CASCADE,
    told jsonb NOT NULL,
    told_at timestamptz NOT NULL,
    gone_at timestamptz,             -- told no more
    PRIMARY KEY (source, key)
);
CREATE TABLE partner_site (
    source text NOT NULL,
    structure_key text NOT NULL,
    key text NOT NULL,
    site uuid NOT NULL UNIQUE REFERENCES site (id) ON DELETE CASCADE,
    told jsonb NOT NULL,
    gone_at timestamptz,
    PRIMARY KEY (source, structure_key, key),
    FOREIGN KEY (source, structure_key) REFERENCES partner_structure (source, key) ON DELETE CASCADE
);
CREATE TABLE structure_logo (
    structure uuid PRIMARY KEY REFERENCES structure (id) ON DELETE CASCADE,
    media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
    image bytea NOT NULL CHECK (octet_length(image) <= 200000)
);
