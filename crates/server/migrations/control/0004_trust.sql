-- Every workspace has an owner: its first admin.
UPDATE memberships SET role = 'owner' WHERE role = 'admin' AND active AND NOT EXISTS
  (SELECT 1 FROM memberships e WHERE e.workspace_id = memberships.workspace_id AND e.role IN ('owner', 'admin') AND e.active
   AND (e.created_at < memberships.created_at OR (e.created_at = memberships.created_at AND e.member_id < memberships.member_id)));
-- The member with whose eyes an admin looks.
ALTER TABLE sessions ADD COLUMN preview_member_id {{bytes}};
