"""Files of courses and authors: delivered, uploaded in resumable pieces, captioned, transcoded."""
