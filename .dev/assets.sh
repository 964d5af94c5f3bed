# shellcheck shell=bash
# Browser and print assets: from npm, pinned by web/package-lock.json, copied to web/static/vendor.

# npm_install FOLDER: only when its lock changed since the last time.
npm_install() {
  local folder=$1 stamp=$1/node_modules/.goreos-lock
  cmp -s "$folder/package-lock.json" "$stamp" && return
  say "npm packages of ${folder#"$root/"} (some seconds)"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) ||
    fail "npm ci failed in ${folder#"$root/"}" 'see its message above; npm needs the network once'
  cp "$folder/package-lock.json" "$stamp"
}

assets() {
  step 'Browser assets'
  npm_install "$root/web"
  local vendor=$root/web/static/vendor stamp=$root/web/static/vendor/.goreos-lock
  cmp -s "$root/web/package-lock.json" "$stamp" && return
  rm -rf "$vendor"
  "$root/.dev/copy-assets" "$root/web/node_modules" "$vendor" || fail 'an asset is missing from its npm package' 'see the message above; web/package.json pins the versions'
  cp "$root/web/package-lock.json" "$stamp"
}
