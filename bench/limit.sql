-- The limit: one booking as one function in one database, the rows those that our two services write. Nobody is told
-- (the outbox's trigger is gone), nothing travels, nobody logs in. Times 1,000 slots or 1 hot slot: pgbench's script.
DROP TRIGGER outbox_wake ON outbox;

CREATE FUNCTION book(wanted bigint) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    booking_id CONSTANT uuid := uuidv7();
    at CONSTANT timestamptz := clock_timestamp();
    expires CONSTANT timestamptz := at + interval '5 minutes';
    applicant CONSTANT text := 'v1:' || left(encode(sha256(uuid_send(booking_id)), 'base64'), 43);
    place slot;
    rule policy;
    first date;
    counted int;
BEGIN
    SELECT * INTO place FROM slot WHERE id = wanted;
    SELECT * INTO rule FROM policy p
    WHERE p.organisation = 'bench' AND p.kind = 'individual' AND p.channel = 'online'
        AND p.valid_from <= place.visit_date AND (p.valid_to IS NULL OR place.visit_date <= p.valid_to);
    first := date_trunc(rule.period, place.visit_date::timestamp);

    INSERT INTO usage AS u (applicant_key, organisation, kind, channel, period, period_start, used, granted_limit)
    VALUES (applicant, 'bench', 'individual', 'online', rule.period, first, 1, rule.max_bookings)
    ON CONFLICT (applicant_key, organisation, kind, channel, period, period_start) DO UPDATE
        SET used = u.used + 1, granted_limit = excluded.granted_limit
        WHERE excluded.granted_limit IS NULL OR u.used < excluded.granted_limit
    RETURNING used INTO counted;
    IF NOT FOUND THEN
        RAISE 'quota exhausted';
    END IF;
    INSERT INTO reservation (booking_id, attempts, applicant_key, organisation, kind, channel, period, period_start,
        visit_date, policy_id, cancelled_counts, state, expires_at, ask_at, created_at, changed_at)
    VALUES (booking_id, ARRAY[booking_id], applicant, 'bench', 'individual', 'online', rule.period, first,
        place.visit_date, rule.id, rule.cancelled_counts, 'reserved', expires, expires, at, at);
    INSERT INTO ledger (booking_id, applicant_key, organisation, kind, channel, period, period_start, delta, reason, at)
    VALUES (booking_id, applicant, 'bench', 'individual', 'online', rule.period, first, 1, 'reserved', at);

    UPDATE slot SET taken = taken + 1, version = version + 1 WHERE id = wanted AND taken < capacity;
    IF NOT FOUND THEN
        RAISE 'slot full';
    END IF;
    INSERT INTO booking (id, status, created_at, slot_id, organisation, centre, service, starts_at, visit_date,
        channel, applicant_kind, applicant_key, person_key, names, quota, expires_at, created_by)
    VALUES (booking_id, 'held', at, wanted, 'bench', place.centre, 'bench-visit', place.starts_at, place.visit_date,
        'online', 'individual', applicant, applicant, decode(repeat('5a', 100), 'hex'),
        jsonb_build_object('organisation', 'bench', 'channel', 'online', 'limit', rule.max_bookings, 'used', counted,
            'period', to_char(first, 'YYYY-MM'), 'renews_at', first + interval '1 month'),
        expires, 'citizen-' || left(applicant, 24));
    INSERT INTO outbox (event_id, subject, envelope, created_at)
    VALUES (uuidv7(), 'booking.held.v1', booking_id || repeat('x', 550), at);
    RETURN booking_id;
END $$;
