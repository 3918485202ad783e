import * as z from 'zod';

/**
 * Makes zod check by walking its schemas instead of compiling them with `new Function`, which the window's content
 * security policy forbids. It must run before any schema is made: it is the first import of the window.
 */
z.config({ jitless: true });
