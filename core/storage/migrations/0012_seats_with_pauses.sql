-- The advisors who are free at a start, the pause after the slot included. `p_hold` and `p_appointment` do not stand in their own
-- way. Active appointments of one advisor never overlap, their pauses included: the last one to begin before the slot and its
-- pause are over is the only one that can be in its way.
CREATE OR REPLACE FUNCTION free_seats(p_now timestamptz, p_structure uuid, p_starts_at timestamptz, p_channels text[],
    p_site uuid, p_hold uuid, p_appointment uuid)
RETURNS TABLE (advisor uuid, site uuid, ends_at timestamptz, channels text[]) LANGUAGE sql STABLE AS $$
    SELECT s.advisor, s.site, s.ends_at, s.channels FROM slot s
    WHERE s.structure = p_structure AND s.starts_at = p_starts_at AND s.starts_at > p_now AND s.channels && p_channels
        AND (p_site IS NULL OR s.site = p_site)
        AND coalesce((SELECT a.busy_until FROM appointment a WHERE a.advisor = s.advisor
            AND a.status IN ('booked', 'honoured', 'no_show') AND a.starts_at < s.busy_until
            AND a.id IS DISTINCT FROM p_appointment ORDER BY a.starts_at DESC LIMIT 1) <= s.starts_at, true)
        AND NOT EXISTS (SELECT FROM hold h WHERE h.advisor = s.advisor AND h.expires_at > p_now
            AND h.id IS DISTINCT FROM p_hold AND h.starts_at < s.busy_until AND h.busy_until > s.starts_at)
$$;
