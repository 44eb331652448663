<?php
// The configuration, read from the container's variables at each request.
function setting($name, $default) {
    $value = getenv($name);
    return $value === false ? $default : $value;
}

define('DB_NAME', setting('WORDPRESS_DB_NAME', 'wordpress'));
define('DB_USER', setting('WORDPRESS_DB_USER', 'example username'));
define('DB_PASSWORD', setting('WORDPRESS_DB_PASSWORD', 'example password'));
define('DB_HOST', setting('WORDPRESS_DB_HOST', 'mysql'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $kind) {
    define("{$kind}_KEY", setting("WORDPRESS_{$kind}_KEY", sha1(DB_PASSWORD . $kind)));
    define("{$kind}_SALT", setting("WORDPRESS_{$kind}_SALT", sha1($kind . DB_PASSWORD)));
}
$table_prefix = setting('WORDPRESS_TABLE_PREFIX', 'wp_');
define('WP_DEBUG', (bool) setting('WORDPRESS_DEBUG', ''));
// News, updates and translations are not asked for: a test depends on nobody off the machine.
define('WP_HTTP_BLOCK_EXTERNAL', true);
eval(setting('WORDPRESS_CONFIG_EXTRA', ''));
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
