#!/bin/sh
# WordPress is copied to where Apache serves it; variables WORDPRESS_… make its configuration.
set -eu

# A variable's value, or the content of the file that its _FILE form names.
for name in WORDPRESS_DB_HOST WORDPRESS_DB_USER WORDPRESS_DB_PASSWORD WORDPRESS_DB_NAME; do
    eval "file=\${${name}_FILE:-}"
    if [ -n "$file" ]; then
        export "$name=$(cat "$file")"
    fi
done

if [ "$1" != apache2-foreground ]; then
    exec "$@"
fi
if [ ! -e index.php ]; then
    echo "WordPress not found in $PWD - copying now..."
    cp -rL /usr/share/wordpress/. .
    rm -f wp-config.php
    chown -R www-data:www-data .
fi
# Without a single one of these variables the set-up page asks for the database.
if [ ! -s wp-config.php ] && env | grep -q '^WORDPRESS_'; then
    cp /usr/src/wp-config-docker.php wp-config.php
fi
# Debian's settings ask for variables that are not set.
set +u
. /etc/apache2/envvars
mkdir -p "$APACHE_RUN_DIR" "$APACHE_LOCK_DIR"
exec apache2 -D FOREGROUND
