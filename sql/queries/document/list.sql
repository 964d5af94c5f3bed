-- Documents, newest first.
-- $1: one document; null for all. $2, $3, $4: its kind, territory and edition; nulls for all. $5: limit. $6: offset.
select id, kind, cut, edition_id, title, run_id, object_key, file_name, media_type, bytes, sha256, requested_by, created_at
from documents
where ($1::bigint is null or id = $1)
  and ($2::text is null or kind = $2)
  and ($3::text is null or cut = $3)
  and ($4::bigint is null or edition_id = $4)
order by id desc
limit $5 offset $6
