#!/usr/bin/env bash
# Proves the promise: on a bare Debian 12 that has only python3, `./xiangli run` and `./xiangli test` do all the set-up.
#
#   sudo tools/bare_machine.sh [--worktree] [--root-user] [--no-certs] [--keep] [--only run|test]
#
#   --worktree   the files as they are now, not as last committed
#   --root-user  run as root inside (default: an ordinary user)
#   --no-certs   do not lend this machine's root certificates (a bare Debian has none: hashes alone then vouch for downloads)
#   --keep       leave the root folder for a look; its path is printed
#   --only       only one of the two commands
#
# Needs debootstrap and root. The package index and proxies are taken from the environment, as on any machine.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source_tree=HEAD user=xiangli certificates=1 keep=0 only=""
while (($#)); do
  case "$1" in
    --worktree) source_tree=worktree ;;
    --root-user) user=root ;;
    --no-certs) certificates=0 ;;
    --keep) keep=1 ;;
    --only) only=$2; shift ;;
    *) sed -n '2,14p' "$0"; exit 2 ;;
  esac
  shift
done
((EUID == 0)) || { echo "需要 root (needs root)" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "需要 debootstrap: apt-get install debootstrap" >&2; exit 2; }

root=$(mktemp -d /var/tmp/xiangli-bare.XXXXXX)
chmod 755 "$root"
cleanup() {
  for point in proc dev/shm dev; do mountpoint -q "$root/$point" && umount -l "$root/$point"; done
  if ((keep)); then echo "left for a look: $root"; else rm -rf --one-file-system "$root"; fi
}
trap cleanup EXIT

echo "== a minimal Debian 12 with python3"
debootstrap --variant=minbase --include=python3 bookworm "$root" >"$root.log" 2>&1 || { tail -20 "$root.log"; exit 1; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"

echo "== the checkout ($source_tree)"
mkdir -p "$root/srv/xiangli"
cd "$checkout"
if [[ $source_tree == HEAD ]]; then
  git archive HEAD | tar -x -C "$root/srv/xiangli"
else
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    if [[ -e $file ]]; then printf '%s\0' "$file"; fi
  done | tar -c --null -T - | tar -x -C "$root/srv/xiangli"
fi

environment=(HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C)
for name in PIP_INDEX_URL UV_DEFAULT_INDEX HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
  if [[ -n ${!name:-} ]]; then environment+=("$name=${!name}"); fi
done
bundle=${SSL_CERT_FILE:-${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}}
if ((certificates)) && [[ -f $bundle ]]; then
  install -m 644 "$bundle" "$root/srv/ca.pem"
  environment+=(SSL_CERT_FILE=/srv/ca.pem)
fi
identity=0:0
if [[ $user != root ]]; then
  chroot "$root" useradd -m "$user"
  chown -R --reference="$root/home/$user" "$root/srv/xiangli"
  identity=$user:$user
  environment+=("HOME=/home/$user")
fi
inside() { env -i "${environment[@]}" chroot --userspec="$identity" "$root" sh -c "cd /srv/xiangli && $1"; }

echo "== inside: $(inside 'python3 --version') as $user; has pip: $(inside 'python3 -m pip --version >/dev/null 2>&1 && echo yes || echo no'), git: $(inside 'command -v git || echo no'), certificates: $(inside 'ls /etc/ssl/certs 2>/dev/null | wc -l')"

first_page() { # starts the server, waits for the first page, stops it as Ctrl-C does
  inside "python3 -u - '$1'" <<'PYTHON'
import os, signal, subprocess, sys, time, urllib.error, urllib.request

started = time.monotonic()
server = subprocess.Popen(["./xiangli", "run", "--port", "8765"], start_new_session=True, stdin=subprocess.DEVNULL)
status = None
while status is None and server.poll() is None and time.monotonic() - started < 600:
    try:
        with urllib.request.urlopen("http://127.0.0.1:8765/", timeout=10) as answer:
            status, size = answer.status, len(answer.read())
    except urllib.error.HTTPError as error:
        status, size = error.code, 0
    except OSError:
        time.sleep(0.05)
seconds = time.monotonic() - started
if server.poll() is None:
    os.killpg(server.pid, signal.SIGINT)
code = server.wait(30)
print(f"== {sys.argv[1]}: first page after {seconds:.1f} s (status {status}), stopped with exit code {code}", flush=True)
sys.exit(0 if status == 200 else 1)
PYTHON
}

status=0
if [[ $only != test ]]; then
  first_page "first start" && first_page "second start" || status=1
fi
if [[ $only != run ]]; then
  begin=$SECONDS
  inside "./xiangli test" </dev/null || status=1
  echo "== ./xiangli test took $((SECONDS - begin)) s"
fi
exit "$status"
