#!/bin/sh
# A Debian without manuals and translations, as a tar archive at $1.
set -eu
for source in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [ -s "$source" ] && break
done
mmdebstrap --variant=minbase --include=ca-certificates \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='for file in /usr/local/share/ca-certificates/*.crt; do
        if [ -e "$file" ]; then cp "$file" "$1/usr/local/share/ca-certificates/"; fi
    done; chroot "$1" update-ca-certificates' \
    bookworm "$1" "$source"
