-- Offers of a slot are kept too: nobody has an appointment yet.
ALTER TABLE notifications_email_message ALTER COLUMN appointment DROP NOT NULL;
