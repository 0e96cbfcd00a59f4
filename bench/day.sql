-- The limit of calls: the next in line as one function in one database, with the rows that booking_svc writes: the
-- visitor, the waiting period, the event, and by the trigger the board. Each call is another desk's.
ALTER TABLE board DROP CONSTRAINT fk_board_centre_centre;

CREATE FUNCTION call_next() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
    found booking;
BEGIN
    UPDATE booking SET status = 'called', desk = booking.id::text, called_at = at, calls = 1, call_id = uuidv7()
    FROM (
        SELECT id FROM booking
        WHERE centre = 'bench-day' AND visit_date = DATE '2027-03-01' AND service = ANY(ARRAY['bench-visit'])
            AND status = 'confirmed' AND checked_in_at IS NOT NULL
        ORDER BY (priority IS NULL), line_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS next
    WHERE booking.id = next.id RETURNING booking.* INTO STRICT found;

    INSERT INTO visit_period (booking_id, kind, started_at, ended_at, centre, queue, desk, visit_date)
    VALUES (found.id, 'waiting', least(at, found.line_at), at, found.centre, 'bench-day-main', found.desk,
        found.visit_date);

    INSERT INTO outbox (event_id, subject, envelope, created_at)
    VALUES (uuidv7(), 'visit.called.v1', json_build_object('data', json_build_object(
        'booking_id', found.id, 'organisation', found.organisation, 'centre', found.centre, 'service', found.service,
        'channel', found.channel, 'visit_date', found.visit_date, 'desk', found.desk))::text, at);
    RETURN found.id;
END $$;
