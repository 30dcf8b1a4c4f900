-- The catalogue is searched in French: by the stem of the words, whatever their accents, the title first.
CREATE TEXT SEARCH CONFIGURATION french_folded (COPY = french);
ALTER TEXT SEARCH CONFIGURATION french_folded ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;

CREATE FUNCTION sheet_words(title text, search text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(to_tsvector('french_folded', title), 'A') || setweight(to_tsvector('french_folded', search), 'C');
CREATE INDEX programme_words ON programme USING gin (sheet_words(title, search));
