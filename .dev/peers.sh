# shellcheck shell=bash
# Python tools of others, in a folder of their own beside the build: tests open our files with them, benches measure us against them.

# Makes the folder when it is missing or its list has changed; says where its Python is.
peers() {
  local list=$root/tests/peers/requirements.txt folder=$peers
  export GOREOS_PEERS_PYTHON=$folder/bin/python
  # Two commands at once make it once.
  mkdir -p "${folder%/*}"
  exec 7>"$folder.lock"
  flock 7
  if ! cmp -s "$list" "$folder/requirements.txt"; then
    step 'Python tools to compare with'
    say "installing them into $folder (some minutes, once)"
    rm -rf "$folder"
    python3 -m venv "$folder" || fail 'no Python environment can be made' 'install python3-venv, then run the same command again'
    attended "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$list" ||
      fail 'pip cannot install the tools' "try by hand: $folder/bin/pip install -r $list"
    cp "$list" "$folder/requirements.txt"
  fi
  flock -u 7
}
