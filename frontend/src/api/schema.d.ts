// Generated from backend/internal/adminapi/spec/swagger.json by npm run gen:api. Do not edit.

export interface paths {
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List changes
         * @description Who changed what, from where, the newest first. Secrets are not in it. Kept as long as usage_retention says.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export changes as CSV
         * @description The filters are those of the list. The newest first, at most 100,000: go on with to set to the last row's time. A download that breaks off is not whole.
         */
        get: operations["exportAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Slowed and locked per account and per address after wrong passwords: 429 with Retry-After.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the session of the refresh token, its access tokens included. Needs no access token, so that an expired session can be ended.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is logged in */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the password
         * @description Every other session of the admin ends.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange a refresh token
         * @description Each refresh token is good for one exchange. One that comes back after its exchange ends its whole session: refresh_reused.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your sessions */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description Its access tokens are refused at once. The one that asks may end itself.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a backup
         * @description One file with the Gemini keys, the hashes of the user keys, models and settings, and with include_usage the hourly sums, sealed with the passphrase in the age format. Admins, sessions, the audit, single requests and uploaded files are not in it.
         */
        post: operations["makeBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cleanup/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Preview the cleanup
         * @description Which keys would be removed now, and which would follow. Only failing keys are, after settings.cleanup.days days in a row on which each was asked often enough and nothing went well; never when no key works, or Google refuses our location.
         */
        get: operations["previewCleanup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cleanup/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run the cleanup
         * @description Removes what the preview says, whether the cleanup is on or off, and answers what was removed (`would_remove`) and what is at risk. Removed keys can be restored.
         */
        post: operations["runCleanup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live events
         * @description Server-sent events. `counters` comes at once and then about every two seconds. `changed` ({"what": "keys"}) says that a list is not as it was last read: by somebody's hand, or because keys began to rest. `end` ({"reason": "session"}) is the last event: the session or its access token has ended, or the server stops. A comment comes when nothing else does. A session can have 16 streams open, and all together 64.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List files
         * @description The files of all user keys, the newest first. What clients upload is kept until it expires or is deleted.
         */
        get: operations["listFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/files/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a file
         * @description With what Gemini holds of it, project by project. Its bytes are not to be had here.
         */
        get: operations["getFile"];
        put?: never;
        post?: never;
        /**
         * Delete a file
         * @description Its bytes, and what Gemini holds of it. A chat that names it is answered 404 from then on.
         */
        delete: operations["deleteFile"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Gemini keys
         * @description Answered from memory. Without state, removed keys are left out.
         */
        get: operations["listGeminiKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Gemini keys as CSV
         * @description The filters are those of the list. The keys are masked: whole ones leave only in a backup. A download that breaks off is not whole.
         */
        get: operations["exportGeminiKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a Gemini key */
        get: operations["getGeminiKey"];
        put?: never;
        post?: never;
        /** Remove a Gemini key */
        delete: operations["removeGeminiKey"];
        options?: never;
        head?: never;
        /** Change a Gemini key */
        patch: operations["updateGeminiKey"];
        trace?: never;
    };
    "/gemini-keys/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a Gemini key
         * @description Asks Gemini with this key, at no cost in generation quota, and tells the pool what was found.
         */
        post: operations["checkGeminiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/{id}/details": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a Gemini key's details
         * @description How it stands with each model, its last errors, and its days.
         */
        get: operations["getGeminiKeyDetails"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore a removed Gemini key */
        post: operations["restoreGeminiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/{id}/wake": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a Gemini key's rests
         * @description Its project's rests end too, for every key of the project.
         */
        post: operations["wakeGeminiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change many Gemini keys
         * @description Of those named by `ids`, or of all that `filter` chooses. A thousand at a time: each is changed or it is not, and what was changed before a failure stays. Asked again, it changes the rest.
         */
        post: operations["changeGeminiKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check all Gemini keys
         * @description Asks Gemini with every key that is enabled, some at a time, at no cost in generation quota, and tells the pool what was found. The answer is a stream of events: `progress` after each key, then `result`, or `error`. Closing the connection stops it; what was found stays.
         */
        post: operations["checkGeminiKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/discover-projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find the Gemini keys' projects
         * @description Every usable key uploads a few bytes, lists its files, and deletes what it uploaded: keys that see each other's are of one project, and share its quota. No generation quota is spent, and a project that the operator named keeps its name. The answer is a stream of events: `progress` after each key, then `result`, or `error`. Closing the connection stops it; nothing is kept then.
         */
        post: operations["discoverProjects"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gemini-keys/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import Gemini keys
         * @description Finds keys by their pattern in any text, of any prefix, at most 100,000. In a dry run nothing is saved. With `Accept: text/event-stream` the same job tells how it goes on by events: `progress` ({done, total, added, duplicates, invalid}) after each thousand, then `result` with this answer, or `error` with a problem. Each thousand is kept or it is not; closing the connection ends the job after the thousand it is at, and what was added stays.
         */
        post: operations["importGeminiKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keep-alive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the keep-alive */
        get: operations["getKeepAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keep-alive/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ping now
         * @description Asks for the server's own public address, whether the keep-alive is on or off.
         */
        post: operations["pingKeepAlive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models
         * @description Every model that is set, that Gemini lists, or that was asked for lately.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a model
         * @description Sets all of it: an alias that is left out is none, and thinking that is left out is as the settings say. Effective with the next request.
         */
        put: operations["putModel"];
        post?: never;
        /**
         * Reset a model
         * @description Back to the limits the program came with, or to none at all.
         */
        delete: operations["resetModel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{name}/serving": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who could serve a model
         * @description Of each key, whether it could serve the model now, or why not and until when; and when the next place opens.
         */
        get: operations["getModelServing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask Gemini for its models
         * @description With a key of each project, at no cost in quota. Nothing is set by it.
         */
        post: operations["syncModels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List projects
         * @description Those with a name that have keys, by name. Answered from memory.
         */
        get: operations["listProjects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List requests
         * @description The newest first, as far back as log_retention says. Pages are asked for by cursor: next of one answer is after of the next question.
         */
        get: operations["listRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export requests as CSV
         * @description The filters are those of the list. The newest first, at most 100,000: go on with to set to the last row's time. A download that breaks off is not whole.
         */
        get: operations["exportRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/requests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a request */
        get: operations["getRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a backup
         * @description Takes everything in the file or, when something is wrong with it, nothing. What it brings is in force at once. Gemini keys are known by their secret, user keys by their hash, models by name: the file's word on them holds, what it does not name stays, and no Gemini key in use is taken out. With preview nothing is changed.
         */
        post: operations["restoreBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the settings */
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change settings
         * @description Merges (RFC 7396); null sets the default again. Every fault is told at once and nothing is changed then. With If-Match the change is made only to that version.
         */
        patch: operations["updateSettings"];
        trace?: never;
    };
    "/stats/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statistics of failures */
        get: operations["getFailureStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stats/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statistics by Gemini key */
        get: operations["getGeminiKeyStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stats/keys/hours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hours of Gemini keys */
        get: operations["getGeminiKeyHours"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stats/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statistics by model */
        get: operations["getModelStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stats/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The console in one answer */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stats/timeseries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests over time
         * @description Steps are 1 minute for 1h, 15 minutes for 24h, 2 hours for 7d, 12 hours for 30d, counted from midnight in tz. The last one is still running.
         *     At most one of model, user_key_id and gemini_key_id narrows them down; 24h then has steps of an hour, and each hour counts where it begins.
         */
        get: operations["getTimeseries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stats/user-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statistics by user key */
        get: operations["getUserKeyStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * About the server
         * @description With Postgres several replicas can share a database. Each counts quota by itself, so that together they may pass a limit.
         */
        get: operations["getSystem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tools/symbol-injection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try symbol injection
         * @description What each strategy makes of a text. Nothing is sent to Gemini, and nothing is kept.
         */
        post: operations["trySymbolInjection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List user keys
         * @description Answered from memory; the counts come from the database and are null while it does not answer.
         */
        get: operations["listUserKeys"];
        put?: never;
        /**
         * Make a user key
         * @description The answer is the only place where the key is ever shown.
         */
        post: operations["createUserKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a user key */
        delete: operations["deleteUserKey"];
        options?: never;
        head?: never;
        /** Change a user key */
        patch: operations["updateUserKey"];
        trace?: never;
    };
    "/user-keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate a user key
         * @description The old key ends at once. The answer is the only place where the new one is ever shown.
         */
        post: operations["rotateUserKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Attempt: {
            /** @example 7 */
            gemini_key_id: number;
            /**
             * @description null when the key is gone
             * @example AIza••••••7f3Q
             */
            gemini_key_masked: string | null;
            /** @example key-07 */
            gemini_key_name: string | null;
            /**
             * @description upstream's, redacted
             * @example You exceeded your current quota.
             */
            message: string;
            /** @description why other keys were passed over for this one, the most frequent reason in front; keys that merely were not chosen are not in it */
            passed_over: components["schemas"]["PassedOver"][];
            /**
             * @description it was counted for; null when not known
             * @example atlas
             */
            project: string | null;
            /**
             * Format: date-time
             * @description until when this put the key or its project to rest; null when it did not
             * @example 2026-11-23T02:49:17Z
             */
            rest_until: string | null;
            /**
             * @description upstream's; 0 when no answer came
             * @example 429
             */
            status: number;
            /**
             * @description the call itself
             * @example 0.4
             */
            took_seconds: number;
            /** @example minute_quota */
            verdict: string;
            /**
             * @description for its turn, before the call
             * @example 0.2
             */
            waited_seconds: number;
        };
        AttentionKey: {
            /** @example 7 */
            key_id: number;
            /** @example AIza••••••7f3Q */
            masked: string;
            /**
             * @description empty: every model
             * @example gemini-3.8-flash
             */
            model: string;
            /** @example key-07 */
            name: string;
            /** @example minute_quota */
            reason: string;
            /**
             * Format: date-time
             * @description when the rest began; null for a failing key
             * @example 2026-11-23T02:48:17Z
             */
            since: string | null;
            /**
             * @example resting
             * @enum {string}
             */
            state: "healthy" | "resting" | "failing" | "unknown" | "disabled" | "removed";
            /**
             * Format: date-time
             * @description null: until it is mended
             * @example 2026-11-23T02:49:17Z
             */
            until: string | null;
        };
        AuditEntry: {
            /**
             * @description the operation's id in this document
             * @example updateGeminiKey
             */
            action: string;
            /** @example 203.0.113.7 */
            address: string;
            after: Record<string, never> | null;
            /** @description of what changed; null where there is nothing to tell */
            before: Record<string, never> | null;
            /** @example 12 */
            id: number;
            /** @example 3q2f7c5m1x9k4t8w */
            request_id: string;
            /**
             * @description its path
             * @example /gemini-keys/7
             */
            target: string;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            time: string;
            /** @example admin */
            username: string;
        };
        AuditList: {
            items: components["schemas"]["AuditEntry"][];
            /** @example 120 */
            total: number;
        };
        BackupRequest: {
            /**
             * @description the hourly sums too; single requests are in no backup
             * @default false
             */
            include_usage?: boolean;
            /**
             * Format: password
             * @description seals the file; without it nobody can open it
             */
            passphrase: string;
        };
        BulkRequest: {
            /**
             * @example disable
             * @enum {string}
             */
            action: "enable" | "disable" | "remove" | "restore" | "weight" | "project";
            /** @description as the list's; an empty one is all keys */
            filter?: components["schemas"]["KeyFilterRequest"];
            /**
             * @description at most 10,000; those nobody has are passed over
             * @example [
             *       7,
             *       8
             *     ]
             */
            ids?: number[];
            /**
             * @description of the action project; null: forget it
             * @example atlas
             */
            project?: string | null;
            /**
             * @description of the action weight
             * @example 1
             */
            weight?: number;
        };
        BulkResult: {
            /**
             * @description those that were not so before
             * @example 118
             */
            changed: number;
            /** @example 120 */
            matched: number;
        };
        Capacity: {
            /**
             * @description with a key that is neither failing nor disabled
             * @example 4
             */
            projects: number;
            /**
             * @description the smallest known limit of a project
             * @example 10
             */
            rpm_least: number;
            /**
             * @description the sum of the projects' limits, as far as they are known
             * @example 40
             */
            rpm_limit: number;
            /**
             * @description the largest
             * @example 10
             */
            rpm_most: number;
            /**
             * @description requests of the last minute
             * @example 23
             */
            rpm_used: number;
            /**
             * @description of the projects, those whose limit is not known
             * @example 0
             */
            unknown: number;
        };
        CheckedKey: {
            /** @example 7 */
            id: number;
            /**
             * @description Gemini's, redacted
             * @example
             */
            message: string;
            /** @example ok */
            verdict: string;
        };
        CheckEvents: {
            /** @description the last one when it fails */
            error: components["schemas"]["Problem"];
            progress: components["schemas"]["CheckProgress"];
            /** @description the last one, unless it fails */
            result: components["schemas"]["CheckSummary"];
        };
        CheckProgress: {
            /** @example 12 */
            done: number;
            /** @example 1 */
            failing: number;
            /** @example 11 */
            healthy: number;
            /** @description the key that was checked last; null before the first */
            last: components["schemas"]["CheckedKey"] | null;
            /** @example 50 */
            total: number;
        };
        CheckResult: {
            /** @description as it is now */
            key: components["schemas"]["GeminiKey"];
            /** @example 182 */
            latency_ms: number;
            /**
             * @description Gemini's, redacted
             * @example
             */
            message: string;
            /** @example true */
            ok: boolean;
            /** @example ok */
            verdict: string;
        };
        CheckSummary: {
            /** @example 50 */
            done: number;
            /** @example 2 */
            failing: number;
            /** @example 48 */
            healthy: number;
        };
        Cleanup: {
            /**
             * @description Pacific days in a row without a success
             * @default 3
             * @example 3
             */
            days: number;
            /**
             * @default false
             * @example false
             */
            enabled: boolean;
            /**
             * @description seconds between two runs
             * @default 86400
             * @example 86400
             */
            interval: number;
            /**
             * @description requests and checks that each of these days must have had
             * @default 5
             * @example 5
             */
            min_checks_per_day: number;
        };
        CleanupKey: {
            /**
             * @description days in a row on which it was asked often enough and nothing went well
             * @example 2
             */
            bad_days: number;
            /** @description that speak for it, the newest in front */
            days: components["schemas"]["KeyDay"][];
            /**
             * @description more such days until it goes; 0: with the next run
             * @example 1
             */
            days_left: number;
            /** @example 7 */
            id: number;
            /** @example AIza••••••7f3Q */
            masked: string;
            /** @example key-07 */
            name: string;
            /**
             * @description the verdict behind its failing
             * @example dead_key
             */
            reason: string;
        };
        CleanupPatch: {
            /** @example 3 */
            days?: number;
            /** @example false */
            enabled?: boolean;
            /** @example 86400 */
            interval?: number;
            /** @example 5 */
            min_checks_per_day?: number;
        };
        CleanupPlan: {
            /** @description at most 200, those that are nearest to it in front */
            at_risk: components["schemas"]["CleanupKey"][];
            /** @example 1 */
            at_risk_total: number;
            /**
             * @description why nothing would be removed at all: Google refuses our location, or no key works; null when nothing stands in the way
             * @enum {string|null}
             */
            blocked: "exit_shut" | "no_usable_key" | null;
            /**
             * @description whether it runs by the clock; by hand it runs either way
             * @example true
             */
            enabled: boolean;
            /**
             * Format: date-time
             * @description null: not since the start
             * @example 2026-11-23T03:00:00Z
             */
            last_at: string | null;
            /** @example 0 */
            last_removed: number;
            /**
             * Format: date-time
             * @description null while it is off
             * @example 2026-11-24T03:00:00Z
             */
            next_at: string | null;
            /** @description at most 200 */
            would_remove: components["schemas"]["CleanupKey"][];
            /** @example 1 */
            would_remove_total: number;
        };
        Database: {
            /**
             * @example sqlite
             * @enum {string}
             */
            kind: "sqlite" | "postgres";
            /**
             * @description the answer took so long
             * @example 0.4
             */
            latency_ms: number;
            /**
             * @description it answered just now
             * @example true
             */
            ok: boolean;
            /**
             * @description on its disk; null when it does not tell
             * @example 7340032
             */
            size_bytes: number | null;
        };
        DayTotals: {
            /**
             * @description answered with an error that was not the client's own
             * @example 12
             */
            failures: number;
            /** @example 912000 */
            input_tokens: number;
            /**
             * @description null without requests
             * @example 1.2
             */
            latency_p50_seconds: number | null;
            /** @example 4.8 */
            latency_p95_seconds: number | null;
            /** @example 9.1 */
            latency_p99_seconds: number | null;
            /** @example 240000 */
            output_tokens: number;
            /** @example 5120 */
            requests: number;
        };
        DuplicateKey: {
            /** @example 7 */
            id: number;
            /** @example AIza••••••7f3Q */
            masked: string;
            /** @example key-07 */
            name: string;
            /** @example false */
            removed: boolean;
        };
        FailureStats: {
            /**
             * @description all of them
             * @example 700
             */
            attempts: number;
            /**
             * @description all of them
             * @example 12
             */
            failures: number;
            /**
             * Format: date-time
             * @example 2026-11-22T03:00:00Z
             */
            from: string;
            /** @description of the requests that failed, the most frequent first; as far back as log_retention */
            outcomes: components["schemas"]["OutcomeSum"][];
            /**
             * Format: date-time
             * @example 2026-11-23T03:00:00Z
             */
            to: string;
            /** @description of all attempts, good ones too, the most frequent first; to the quarter of an hour */
            verdicts: components["schemas"]["VerdictSum"][];
        };
        FieldFault: {
            /** @example weight */
            field: string;
            /** @example must be between 1 and 100 */
            message: string;
        };
        File: {
            /**
             * @description Gemini gets the text or the picture in it
             * @example false
             */
            converted: boolean;
            /**
             * @description projects that hold one
             * @example 2
             */
            copy_count: number;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-11-25T02:48:17Z
             */
            expires_at: string;
            /**
             * @description as its owner calls it; may be empty
             * @example report.pdf
             */
            filename: string;
            /** @example 31 */
            id: number;
            /** @example application/pdf */
            mime_type: string;
            /**
             * @description clients know it as file-… or files/… of this
             * @example k3x9q2m5t7w1z8c4v6b0n2a1
             */
            name: string;
            /**
             * @description empty of a native upload
             * @example user_data
             */
            purpose: string;
            /**
             * @description the type under which Gemini gets it
             * @example application/pdf
             */
            sent_type: string;
            /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
            sha256: string;
            /**
             * @description bytes
             * @example 1048576
             */
            size: number;
            /**
             * @description the owner
             * @example 2
             */
            user_key_id: number;
            /** @example laptop */
            user_key_name: string;
        };
        FileCopy: {
            /**
             * @description Gemini has processed it
             * @example true
             */
            active: boolean;
            /**
             * Format: date-time
             * @example 2026-11-23T02:49:02Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-11-25T02:49:02Z
             */
            expires_at: string;
            /** @example 7 */
            gemini_key_id: number;
            /**
             * @description "key:7" for a key whose project is not known
             * @example atlas
             */
            project: string;
        };
        FileDetail: {
            /**
             * @description Gemini gets the text or the picture in it
             * @example false
             */
            converted: boolean;
            copies: components["schemas"]["FileCopy"][];
            /**
             * @description projects that hold one
             * @example 2
             */
            copy_count: number;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-11-25T02:48:17Z
             */
            expires_at: string;
            /**
             * @description as its owner calls it; may be empty
             * @example report.pdf
             */
            filename: string;
            /** @example 31 */
            id: number;
            /** @example application/pdf */
            mime_type: string;
            /**
             * @description clients know it as file-… or files/… of this
             * @example k3x9q2m5t7w1z8c4v6b0n2a1
             */
            name: string;
            /**
             * @description empty of a native upload
             * @example user_data
             */
            purpose: string;
            /**
             * @description the type under which Gemini gets it
             * @example application/pdf
             */
            sent_type: string;
            /** @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
            sha256: string;
            /**
             * @description bytes
             * @example 1048576
             */
            size: number;
            /**
             * @description the owner
             * @example 2
             */
            user_key_id: number;
            /** @example laptop */
            user_key_name: string;
        };
        FileList: {
            /**
             * @description that all files take, uploads under way among them
             * @example 73400320
             */
            bytes: number;
            /**
             * @description that they may take
             * @example 536870912
             */
            bytes_limit: number;
            items: components["schemas"]["File"][];
            /** @example 120 */
            total: number;
        };
        Files: {
            /**
             * @description of a request's files that are sent within it; larger ones go through Gemini's Files API
             * @default 20971520
             * @example 20971520
             */
            inline_bytes: number;
            /**
             * @description of one file
             * @default 104857600
             * @example 104857600
             */
            max_file_bytes: number;
            /**
             * @description of all files together; they are kept in the database
             * @default 536870912
             * @example 536870912
             */
            total_bytes: number;
            /**
             * @description seconds a file is kept at most
             * @default 172800
             * @example 172800
             */
            ttl: number;
        };
        FilesPatch: {
            /** @example 20971520 */
            inline_bytes?: number;
            /** @example 104857600 */
            max_file_bytes?: number;
            /** @example 536870912 */
            total_bytes?: number;
            /** @example 172800 */
            ttl?: number;
        };
        GeminiKey: {
            /**
             * @description the key's own
             * @example 0
             */
            consecutive_failures: number;
            /**
             * Format: date-time
             * @example 2026-11-20T09:00:00Z
             */
            created_at: string;
            /**
             * @description false: kept, but never used
             * @example true
             */
            enabled: boolean;
            /** @example 7 */
            id: number;
            last_error: components["schemas"]["KeyError"] | null;
            /**
             * Format: date-time
             * @description null: never
             * @example 2026-11-23T02:48:17Z
             */
            last_used_at: string | null;
            /**
             * @description moving average to the answer; null before the first
             * @example 1.4
             */
            latency_seconds: number | null;
            /** @example AIza••••••7f3Q */
            masked: string;
            /** @example key-07 */
            name: string;
            /** @example from the second account */
            note: string;
            /**
             * @description null while not known: the key counts as a project of its own
             * @example atlas
             */
            project: string | null;
            /**
             * @description how the project became known
             * @example marker
             * @enum {string}
             */
            project_source: "unknown" | "marker" | "error" | "operator";
            /**
             * @description the verdict behind the state: dead_key, misconfigured_key, exit, tier, day_quota, minute_quota, bare_429, transient, timeout, empty, malformed
             * @example minute_quota
             */
            reason: string | null;
            /**
             * Format: date-time
             * @description null while it is in the pool
             * @example 2026-11-22T09:00:00Z
             */
            removed_at: string | null;
            /**
             * @description upstream calls in Google's quota day, which begins at midnight in Los Angeles
             * @example 41
             */
            requests_today: number;
            /** @description the one that ends first comes first */
            rests: components["schemas"]["Rest"][];
            /**
             * @description resting: at least one rest is running
             * @example resting
             * @enum {string}
             */
            state: "healthy" | "resting" | "failing" | "unknown" | "disabled" | "removed";
            /**
             * @description moving average; null before the first outcome
             * @example 0.98
             */
            success_rate: number | null;
            /**
             * @description of what operators set; send it as If-Match, in quotes, with a change that must not overwrite another
             * @example 6d1c0f7be2a94c35
             */
            version: string;
            /**
             * @description its share of the picks, relative to the others'
             * @example 1
             */
            weight: number;
        };
        GeminiKeyDetails: {
            /** @description the last 30 of Google's days, the newest in front, without those on which nothing happened; null while the database is away */
            days: components["schemas"]["KeyDay"][] | null;
            /** @description the last five since the start, the latest in front */
            errors: components["schemas"]["KeyError"][];
            key: components["schemas"]["GeminiKey"];
            /**
             * @description of its last thousand answers within 24 hours, from the request to the end; null when there are none, or while the database is away
             * @example 0.91
             */
            latency_p50_seconds: number | null;
            /** @example 2.6 */
            latency_p95_seconds: number | null;
            /** @description that its project was asked for, the nearest to its limits in front, then those that only other projects were; at most 200 */
            models: components["schemas"]["KeyModel"][];
            /**
             * @description other keys of its project, which share its quota
             * @example 3
             */
            shared_with: number;
        };
        GeminiKeyHours: {
            /**
             * Format: date-time
             * @description when the first hour begins
             * @example 2026-11-22T04:00:00Z
             */
            from: string;
            /** @description without the keys that served nothing */
            items: components["schemas"]["HoursOfKey"][];
        };
        GeminiKeyList: {
            /** @description of the whole pool, whatever the filters */
            counts: components["schemas"]["KeyCounts"];
            items: components["schemas"]["GeminiKey"][];
            /**
             * @description that match, over all pages
             * @example 14
             */
            total: number;
        };
        GeminiKeyPatch: {
            /** @example true */
            enabled?: boolean;
            /** @example key-07 */
            name?: string;
            /** @example from the second account */
            note?: string;
            /**
             * @description null: forget it
             * @example atlas
             */
            project?: string | null;
            /** @example 1 */
            weight?: number;
        };
        GeminiKeyStats: {
            /**
             * Format: date-time
             * @example 2026-11-22T03:00:00Z
             */
            from: string;
            /** @description the busiest first, at most 200 */
            items: components["schemas"]["GeminiKeySums"][];
            /** @description of the keys not in items */
            rest: components["schemas"]["Sums"];
            /**
             * Format: date-time
             * @example 2026-11-23T03:00:00Z
             */
            to: string;
        };
        GeminiKeySums: {
            /**
             * @description answered with an error that was not the client's own
             * @example 2
             */
            failures: number;
            /** @example 91200 */
            input_tokens: number;
            /** @example 7 */
            key_id: number;
            /**
             * @description null when the key is gone
             * @example AIza••••••7f3Q
             */
            masked: string | null;
            /** @example key-07 */
            name: string | null;
            /** @example 24000 */
            output_tokens: number;
            /** @example 640 */
            requests: number;
        };
        HoursOfKey: {
            /** @example 7 */
            key_id: number;
            /**
             * @description 24; the last hour is under way
             * @example [
             *       12,
             *       9,
             *       0
             *     ]
             */
            requests: number[];
        };
        ImportRequest: {
            /**
             * @description only say what would happen
             * @default false
             */
            dry_run?: boolean;
            /**
             * @description of their names, which are numbered on from the last that begins so
             * @default key-
             * @example spare-
             */
            name_prefix?: string;
            /**
             * @description of all of them, when you know it
             * @example atlas
             */
            project?: string;
            /**
             * @description at most 4 MiB; keys are found by their pattern, whatever stands around them
             * @example AIzaSy-FAKE-000000000000000000000000000
             */
            text: string;
            /**
             * @default 1
             * @example 1
             */
            weight?: number;
        };
        ImportResult: {
            /** @description in a dry run their ids are 0 */
            added: components["schemas"]["GeminiKey"][];
            /** @example 14 */
            added_total: number;
            /** @example false */
            dry_run: boolean;
            /** @description already there; a removed one comes back by restore */
            duplicates: components["schemas"]["DuplicateKey"][];
            /** @example 2 */
            duplicates_total: number;
            /** @description looked like keys but are none */
            invalid: components["schemas"]["RejectedText"][];
            /** @example 0 */
            invalid_total: number;
        };
        KeepAlive: {
            /**
             * @default false
             * @example false
             */
            enabled: boolean;
            /**
             * @description seconds from one ping to the next
             * @default 600
             * @example 600
             */
            interval: number;
        };
        KeepAlivePatch: {
            /** @example false */
            enabled?: boolean;
            /** @example 600 */
            interval?: number;
        };
        KeepAliveStatus: {
            /** @example true */
            enabled: boolean;
            /**
             * @description of them
             * @example 0
             */
            failed: number;
            /** @description null before the first */
            last: components["schemas"]["Ping"] | null;
            /**
             * Format: date-time
             * @description null while it is off, or without a target
             * @example 2026-11-23T02:58:17Z
             */
            next_at: string | null;
            /**
             * @description since the start
             * @example 120
             */
            sent: number;
            /**
             * @description what is asked for; null: the public address is not known, set PUBLIC_URL
             * @example https://gemini.example.com/wake
             */
            target: string | null;
        };
        KeyCounts: {
            /** @example 14 */
            all: number;
            /** @example 1 */
            disabled: number;
            /** @example 1 */
            failing: number;
            /** @example 9 */
            healthy: number;
            /** @example 3 */
            removed: number;
            /** @example 2 */
            resting: number;
            /** @example 1 */
            unknown: number;
        };
        KeyDay: {
            /** @example 0 */
            check_failed: number;
            /** @example 3 */
            checks: number;
            /**
             * Format: date
             * @description in Los Angeles
             * @example 2026-11-23
             */
            day: string;
            /**
             * @description of them, those that were the key's own
             * @example 2
             */
            failures: number;
            /** @example 41 */
            requests: number;
        };
        KeyError: {
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            at: string;
            /** @example You exceeded your current quota. */
            message: string;
            /**
             * @description upstream's; 0 when no answer came
             * @example 429
             */
            status: number;
            /** @example minute_quota */
            verdict: string;
        };
        KeyFilterRequest: {
            /** @example atlas */
            project?: string;
            /** @example spare */
            q?: string;
            /**
             * @example failing
             * @enum {string}
             */
            state?: "healthy" | "resting" | "failing" | "unknown" | "disabled" | "removed";
        };
        KeyModel: {
            /**
             * @description to serve it now
             * @example true
             */
            able: boolean;
            /**
             * @description its project was asked for it; false: whether it can is not known yet
             * @example true
             */
            asked: boolean;
            /** @example 1 */
            in_flight: number;
            /** @example gemini-3.8-flash */
            model: string;
            /**
             * @description at or over usage_threshold.protect of the day: used only when no other key has room
             * @example false
             */
            protected: boolean;
            /**
             * @description a verdict, a state, or the limit that is reached: rpm, tpm, rpd; null when able
             * @example minute_quota
             */
            reason: string | null;
            rpd: components["schemas"]["Quota"];
            rpm: components["schemas"]["Quota"];
            tpm: components["schemas"]["Quota"];
            /**
             * Format: date-time
             * @description null when no time helps by itself
             * @example 2026-11-23T02:49:17Z
             */
            until: string | null;
            /**
             * @description at or over usage_threshold.warn of the day
             * @example false
             */
            warn: boolean;
        };
        KeyShare: {
            /** @example 7 */
            key_id: number;
            /** @example AIza••••••7f3Q */
            masked: string;
            /** @example key-07 */
            name: string;
            /** @example 640 */
            requests: number;
        };
        Limits: {
            /**
             * @description requests a quota day
             * @example 20
             */
            rpd: number | null;
            /**
             * @description requests a minute; null: not known, 0: none
             * @example 5
             */
            rpm: number | null;
            /**
             * @description input tokens a minute
             * @example 250000
             */
            tpm: number | null;
        };
        LiveChange: {
            /**
             * @example keys
             * @enum {string}
             */
            what: "keys" | "user_keys" | "models" | "settings" | "files";
        };
        LiveCounters: {
            /** @example 3 */
            in_flight: number;
            keys: components["schemas"]["KeyCounts"];
            /** @description since the counters before, for a chart that moves */
            latest: components["schemas"]["LiveTraffic"];
            /** @description the last minute; less while the server is younger */
            minute: components["schemas"]["LiveTraffic"];
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            time: string;
            /**
             * @description requests that wait for room in the pool
             * @example 0
             */
            waiting: number;
        };
        LiveEnd: {
            /**
             * @description the session or its access token has ended; the server stops
             * @example session
             * @enum {string}
             */
            reason: "session" | "stopping";
        };
        LiveEvents: {
            changed: components["schemas"]["LiveChange"];
            counters: components["schemas"]["LiveCounters"];
            end: components["schemas"]["LiveEnd"];
        };
        LiveTraffic: {
            /**
             * @description answered with an error that was not the client's own
             * @example 1
             */
            failures: number;
            /** @example 12800 */
            input_tokens: number;
            /** @example 4100 */
            output_tokens: number;
            /** @example 84 */
            requests: number;
            /**
             * @description how long that time is
             * @example 60
             */
            seconds: number;
        };
        LoginRequest: {
            /**
             * Format: password
             * @example correct horse battery
             */
            password: string;
            /** @example admin */
            username: string;
        };
        Me: {
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            password_changed_at: string;
            /** @example admin */
            username: string;
        };
        Model: {
            /**
             * @description another name that clients ask for it by
             * @example gpt-4o
             */
            alias: string | null;
            /**
             * @description off: clients are told that there is no such model
             * @example true
             */
            enabled: boolean;
            /** @example 2 */
            in_flight: number;
            /**
             * @description answers carry reasoning_content; null: as the settings say for all
             * @example true
             */
            include_thoughts: boolean | null;
            /**
             * @description the most tokens of a prompt; null while Gemini has not told
             * @example 1048576
             */
            input_token_limit: number | null;
            limits: components["schemas"]["Limits"];
            /**
             * @description whether Gemini lists it for one of the keys; null while that is not known
             * @example true
             */
            listed: boolean | null;
            /** @example gemini-3.8-flash */
            name: string;
            /**
             * @description the most tokens of an answer; null while Gemini has not told
             * @example 65536
             */
            output_token_limit: number | null;
            /**
             * @description that can serve it
             * @example 12
             */
            projects: number;
            /**
             * @description in Google's quota day
             * @example 84
             */
            requests_today: number;
            /** @description requests of the quota day */
            rpd: components["schemas"]["Quota"];
            /** @description requests of the last minute; the limit is the sum over the projects */
            rpm: components["schemas"]["Quota"];
            /**
             * @description who set its limits: the program, you, nobody
             * @example operator
             * @enum {string}
             */
            source: "seed" | "operator" | "none";
            /**
             * @description tokens, as near as the model takes; -1 leaves it to the model; null: as the settings say for all
             * @example -1
             */
            thinking_budget: number | null;
            /** @description input tokens of the last minute */
            tpm: components["schemas"]["Quota"];
            /**
             * @description of what operators set; send it as If-Match, in quotes, with a change that must not overwrite another
             * @example 6d1c0f7be2a94c35
             */
            version: string;
            /**
             * @description requests in the queue
             * @example 0
             */
            waiting: number;
        };
        ModelList: {
            items: components["schemas"]["Model"][];
            /** @example 31 */
            total: number;
        };
        ModelQuota: {
            /** @example gemini-3.8-flash */
            name: string;
            /**
             * @description that can serve it
             * @example 12
             */
            projects: number;
            /**
             * @description in Google's quota day
             * @example 84
             */
            requests_today: number;
            /** @description requests of the quota day */
            rpd: components["schemas"]["Quota"];
            /** @description requests of the last minute */
            rpm: components["schemas"]["Quota"];
            /** @description input tokens of the last minute */
            tpm: components["schemas"]["Quota"];
        };
        ModelRequest: {
            /**
             * @description another name that clients may ask for it by; absent or null: none
             * @example gpt-4o
             */
            alias?: string | null;
            /** @example true */
            enabled: boolean;
            /**
             * @description answers carry reasoning_content where a request says nothing of it; absent or null: as the settings say
             * @example true
             */
            include_thoughts?: boolean | null;
            /**
             * @description requests a quota day, per project
             * @example 20
             */
            rpd: number | null;
            /**
             * @description requests a minute, per project; null: not known, 0: none
             * @example 5
             */
            rpm: number | null;
            /**
             * @description tokens of thinking where a request says nothing of it, as near as the model takes; -1 leaves it to the model; absent or null: as the settings say
             * @example -1
             */
            thinking_budget?: number | null;
            /**
             * @description input tokens a minute, per project
             * @example 250000
             */
            tpm: number | null;
        };
        ModelServing: {
            /**
             * @description projects with room now
             * @example 6
             */
            able: number;
            /**
             * @description Google refuses our location; one request at a time tries again
             * @example false
             */
            exit_shut: boolean;
            /** @description at most 200 */
            keys: components["schemas"]["ServingKey"][];
            /** @example gemini-3.8-flash */
            model: string;
            /**
             * @description keys that are not listed
             * @example 0
             */
            more: number;
            /**
             * Format: date-time
             * @description when the next place opens; now when there is room, null when nobody knows
             * @example 2026-11-23T02:49:17Z
             */
            opens_at: string | null;
            /**
             * @description requests that wait for room
             * @example 0
             */
            waiting: number;
        };
        ModelStats: {
            /**
             * Format: date-time
             * @example 2026-11-22T03:00:00Z
             */
            from: string;
            /** @description the busiest first, at most 200 */
            items: components["schemas"]["ModelSums"][];
            /** @description of the models not in items */
            rest: components["schemas"]["Sums"];
            /**
             * Format: date-time
             * @example 2026-11-23T03:00:00Z
             */
            to: string;
        };
        ModelSums: {
            /**
             * @description answered with an error that was not the client's own
             * @example 2
             */
            failures: number;
            /** @example 91200 */
            input_tokens: number;
            /** @example gemini-3.8-flash */
            name: string;
            /** @example 24000 */
            output_tokens: number;
            /**
             * Format: date-time
             * @description when the day's quota is used up if it goes on like this; null when it lasts until the day ends, or the limit is not known
             * @example 2026-11-23T05:10:00Z
             */
            quota_ends_at: string | null;
            /** @example 640 */
            requests: number;
            /**
             * @description of the last hour
             * @example 42
             */
            requests_per_hour: number;
            /** @description requests of Google's quota day, against the limit of all projects */
            rpd: components["schemas"]["Quota"];
        };
        ModelSync: {
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            at: string;
            /**
             * @description what is set here and no longer listed
             * @example [
             *       "gemini-2.5-flash"
             *     ]
             */
            gone: string[];
            /**
             * @description what Gemini lists, by name
             * @example [
             *       "gemini-3.8-flash"
             *     ]
             */
            listed: string[];
        };
        NewUserKey: {
            /**
             * @description requests at one time
             * @example 8
             */
            concurrency: number | null;
            /**
             * Format: date-time
             * @example 2026-11-20T09:00:00Z
             */
            created_at: string;
            /** @example true */
            enabled: boolean;
            /**
             * Format: date-time
             * @description null: never
             * @example 2027-01-01T00:00:00Z
             */
            expires_at: string | null;
            /** @example 3 */
            id: number;
            /**
             * @description store it now: it is not kept
             * @example sk-ab12…
             */
            key: string;
            /**
             * Format: date-time
             * @description null: never
             * @example 2026-11-23T02:48:17Z
             */
            last_used_at: string | null;
            /** @example sk-ab12…wxyz */
            masked: string;
            /**
             * @description it may use, by name or pattern; empty: every one
             * @example [
             *       "gemini-*-flash"
             *     ]
             */
            models: string[];
            /**
             * @description tokens a calendar month of UTC, in and out
             * @example 10000000
             */
            monthly_tokens: number | null;
            /** @example laptop */
            name: string;
            /**
             * @description it may be used from; empty: from everywhere
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            networks: string[];
            /** @example for the editor */
            note: string;
            /**
             * @description since midnight in tz; null while the database does not answer
             * @example 120
             */
            requests_today: number | null;
            /**
             * @description null while the database does not answer
             * @example 9120
             */
            requests_total: number | null;
            /**
             * @description requests a day of UTC
             * @example 5000
             */
            rpd: number | null;
            /**
             * @description requests a minute; null: no limit
             * @example 60
             */
            rpm: number | null;
            /**
             * @description in and out; null while the database does not answer
             * @example 48000
             */
            tokens_today: number | null;
            /**
             * @description tokens a minute, in and out
             * @example 100000
             */
            tpm: number | null;
            /** @description what it has used of its limits; null when nothing of it is counted */
            use: components["schemas"]["UserKeyUse"] | null;
            /**
             * @description of what operators set; send it as If-Match, in quotes, with a change that must not overwrite another
             * @example 6d1c0f7be2a94c35
             */
            version: string;
        };
        OpenSession: {
            /**
             * @description it was last continued from
             * @example 203.0.113.7
             */
            address: string;
            /**
             * @description it is the one that asks
             * @example true
             */
            current: boolean;
            /**
             * Format: date-time
             * @description unless it is continued before
             * @example 2026-12-23T02:48:17Z
             */
            expires_at: string;
            /**
             * @description changes when the session is continued; an older one ends it too
             * @example 41
             */
            id: number;
            /**
             * Format: date-time
             * @description when its tokens were last exchanged
             * @example 2026-11-23T02:48:17Z
             */
            last_used_at: string;
            /**
             * Format: date-time
             * @example 2026-11-20T09:00:00Z
             */
            started_at: string;
            /** @example Mozilla/5.0 */
            user_agent: string;
        };
        OpenSessionList: {
            /** @description the last used first, at most 200 */
            items: components["schemas"]["OpenSession"][];
            /** @example 2 */
            total: number;
        };
        OutcomeSum: {
            /** @example no_capacity */
            outcome: string;
            /** @example 9 */
            requests: number;
        };
        Overview: {
            /** @description keys that need a look or rest, at most 20 */
            attention: components["schemas"]["AttentionKey"][];
            capacity: components["schemas"]["Capacity"];
            /**
             * Format: date-time
             * @description when the first of the resting keys is back; null where none rests
             * @example 2026-11-23T02:49:17Z
             */
            first_back_at: string | null;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            generated_at: string;
            keys: components["schemas"]["KeyCounts"];
            models: components["schemas"]["ModelQuota"][];
            /** @description at most 50 */
            projects: components["schemas"]["Project"][];
            /**
             * @description all of them
             * @example 12
             */
            projects_total: number;
            /** @description the newest first, at most 10 */
            recent_failures: components["schemas"]["RecentFailure"][];
            /** @description who served today, the most first, at most 10 */
            shares: components["schemas"]["KeyShare"][];
            /**
             * @description today's requests of the keys not in shares
             * @example 120
             */
            shares_rest: number;
            /** @description since midnight in tz */
            today: components["schemas"]["DayTotals"];
            user_keys: components["schemas"]["UserKeyCounts"];
            /** @description up to this time of day */
            yesterday: components["schemas"]["DayTotals"];
        };
        PassedOver: {
            /** @example 3 */
            keys: number;
            /**
             * @description a verdict, a state, the limit that is reached (rpm, tpm, rpd), tried (by this request) or protected (its day is nearly used up)
             * @example minute_quota
             */
            reason: string;
            /**
             * Format: date-time
             * @description when the first of them may serve again; null when no time helps by itself
             * @example 2026-11-23T02:49:17Z
             */
            until: string | null;
        };
        PasswordRequest: {
            /** Format: password */
            current_password: string;
            /** Format: password */
            new_password: string;
        };
        Ping: {
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            at: string;
            /** @example 182 */
            latency_ms: number;
            /**
             * @description what kept the answer from coming
             * @example
             */
            message: string;
            /** @example true */
            ok: boolean;
            /**
             * @description 0 when no answer came
             * @example 200
             */
            status: number;
        };
        Point: {
            /** @example 1 */
            failures: number;
            /** @example 12800 */
            input_tokens: number;
            /** @example 4100 */
            output_tokens: number;
            /** @example 64 */
            requests: number;
            /**
             * Format: date-time
             * @description when the step begins
             * @example 2026-11-22T03:00:00Z
             */
            t: string;
        };
        Problem: {
            /**
             * @example invalid_input
             * @enum {string}
             */
            code: "bad_credentials" | "too_many_attempts" | "token_missing" | "token_invalid" | "token_expired" | "refresh_invalid" | "refresh_reused" | "forbidden" | "not_found" | "method_not_allowed" | "invalid_input" | "body_too_large" | "unsupported_media_type" | "conflict" | "version_conflict" | "database_unavailable" | "unavailable" | "upstream" | "timeout" | "internal";
            /** @example weight must be between 1 and 100 */
            detail: string;
            /** @description every field at fault */
            errors?: components["schemas"]["FieldFault"][];
            /**
             * @description the part of the input at fault, when it is one
             * @example weight
             */
            field?: string;
            /** @example 3q2f7c5m1x9k4t8w */
            request_id: string;
            /** @example 400 */
            status: number;
            /** @example Bad Request */
            title: string;
            /** @example about:blank */
            type: string;
        };
        Project: {
            /** @description at most 50 */
            keys: components["schemas"]["ProjectKey"][];
            /**
             * @description all of them
             * @example 3
             */
            keys_total: number;
            /**
             * @description of the project, else of the key that stands for it
             * @example atlas
             */
            name: string;
            /**
             * @description null: not known
             * @example 30
             */
            rpm_limit: number | null;
            /**
             * @description requests of the last minute, all models
             * @example 7
             */
            rpm_used: number;
            /**
             * @example marker
             * @enum {string}
             */
            source: "unknown" | "marker" | "error" | "operator";
        };
        ProjectKey: {
            /** @example 7 */
            id: number;
            /** @example AIza••••••7f3Q */
            masked: string;
            /** @example key-07 */
            name: string;
            /** @example minute_quota */
            reason: string | null;
            /**
             * Format: date-time
             * @description of the rest that ends first
             * @example 2026-11-23T02:48:17Z
             */
            rest_since: string | null;
            /**
             * Format: date-time
             * @example 2026-11-23T02:49:17Z
             */
            rest_until: string | null;
            /**
             * @example resting
             * @enum {string}
             */
            state: "healthy" | "resting" | "failing" | "unknown" | "disabled" | "removed";
        };
        ProjectName: {
            /**
             * @description that are not removed
             * @example 12
             */
            keys: number;
            /** @example atlas */
            name: string;
            /**
             * @description how it became known
             * @example marker
             * @enum {string}
             */
            source: "marker" | "error" | "operator";
        };
        ProjectNameList: {
            items: components["schemas"]["ProjectName"][];
            /** @example 40 */
            total: number;
        };
        PromptInjection: {
            /**
             * @description at most 32 KiB
             * @example Answer in English.
             */
            content: string;
            /**
             * @default false
             * @example false
             */
            enabled: boolean;
            /**
             * @default system
             * @example system
             * @enum {string}
             */
            position: "system" | "user_prefix" | "user_suffix";
        };
        PromptInjectionPatch: {
            /** @example Answer in English. */
            content?: string;
            /** @example false */
            enabled?: boolean;
            /**
             * @example system
             * @enum {string}
             */
            position?: "system" | "user_prefix" | "user_suffix";
        };
        Quota: {
            /**
             * @description null: not known
             * @example 60
             */
            limit: number | null;
            /** @example 7 */
            used: number;
        };
        RecentFailure: {
            /** @example 5 */
            attempts: number;
            /** @example 3q2f7c5m1x9k4t8w */
            id: string;
            /**
             * @description of the last attempt; null when there was none or the key is gone
             * @example AIza••••••7f3Q
             */
            key_masked: string | null;
            /** @example gemini-3.8-flash */
            model: string;
            /**
             * @description the verdict or fault that ended it
             * @example day_quota
             */
            outcome: string;
            /** @example 2.7 */
            seconds: number;
            /**
             * @description what the client got
             * @example 429
             */
            status: number;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            time: string;
        };
        RefreshRequest: {
            /** Format: password */
            refresh_token: string;
        };
        RejectedText: {
            /** @example a user key of this server */
            reason: string;
            /**
             * @description masked
             * @example sk-a••••••9x2z
             */
            text: string;
        };
        Replica: {
            /**
             * @description it is the one that answers
             * @example true
             */
            current: boolean;
            /** @example gateway-7d9f */
            host: string;
            /**
             * @description made at each start
             * @example 4ZQKX7N2M5T6R3V8W9Y2A4C6E8
             */
            id: string;
            /**
             * Format: date-time
             * @description it signs every minute; one that misses two is not listed
             * @example 2026-11-23T03:48:17Z
             */
            seen_at: string;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            started_at: string;
            /** @example 1.0.0 */
            version: string;
        };
        RequestDetail: {
            request: components["schemas"]["RequestRecord"];
            /** @description in order */
            tries: components["schemas"]["Attempt"][];
        };
        RequestList: {
            items: components["schemas"]["RequestRecord"][];
            /**
             * @description the cursor of the next page; null on the last
             * @example 1795402097000000-91204
             */
            next: string | null;
            /**
             * @description of requests that match; counting ends at 10,000. null on the pages after the first
             * @example 412
             */
            total: number | null;
        };
        RequestRecord: {
            /**
             * @description which of the client APIs
             * @example chat
             */
            api: string;
            /** @example 2 */
            attempts: number;
            /**
             * @description part of the input
             * @example 0
             */
            cached_tokens: number;
            /**
             * @description Gemini's finish reason; empty when there was none
             * @example STOP
             */
            finish: string;
            /**
             * @description to the first part sent; null when none was
             * @example 0.61
             */
            first_byte_seconds: number | null;
            /**
             * @description null when no attempt was made
             * @example 7
             */
            gemini_key_id: number | null;
            /**
             * @description of the last attempt; null when there was none or the key is gone
             * @example AIza••••••7f3Q
             */
            gemini_key_masked: string | null;
            /** @example key-07 */
            gemini_key_name: string | null;
            /** @example 91204 */
            id: number;
            /** @example 812 */
            input_tokens: number;
            /** @example gemini-3.8-flash */
            model: string;
            /**
             * @description ok, or the word of the fault that ended it
             * @example ok
             */
            outcome: string;
            /**
             * @description thoughts included
             * @example 240
             */
            output_tokens: number;
            /**
             * @description as in the answer's X-Request-Id; one that a client chose can come twice
             * @example 3q2f7c5m1x9k4t8w
             */
            request_id: string;
            /** @example 2.7 */
            seconds: number;
            /**
             * @description what the client got; 499 when it went away
             * @example 200
             */
            status: number;
            /** @example true */
            stream: boolean;
            /**
             * @description part of the output
             * @example 96
             */
            thoughts_tokens: number;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            time: string;
            /**
             * @description its name; null when it is deleted
             * @example laptop
             */
            user_key: string | null;
            /**
             * @description who asked
             * @example 3
             */
            user_key_id: number;
        };
        Rest: {
            /**
             * @description empty: every model
             * @example gemini-flash-latest
             */
            model: string;
            /**
             * @description a verdict
             * @example minute_quota
             */
            reason: string;
            /**
             * @description whose rest it is
             * @example project
             * @enum {string}
             */
            scope: "key" | "project";
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            since: string;
            /**
             * Format: date-time
             * @example 2026-11-23T02:49:17Z
             */
            until: string;
        };
        RestoreCounts: {
            /** @example 12 */
            added: number;
            /**
             * @description were there otherwise: the file's word holds
             * @example 1
             */
            changed: number;
            /**
             * @description were there just so
             * @example 3
             */
            same: number;
        };
        RestoreResult: {
            gemini_keys: components["schemas"]["RestoreCounts"];
            /** @example false */
            has_usage: boolean;
            /**
             * Format: date-time
             * @description the backup
             * @example 2026-11-23T02:48:17Z
             */
            made_at: string;
            /**
             * @description the version that made it
             * @example 1.0.0
             */
            made_by: string;
            models: components["schemas"]["RestoreCounts"];
            /** @example true */
            preview: boolean;
            /** @example true */
            settings_changed: boolean;
            /** @example 0 */
            usage_rows_added: number;
            user_keys: components["schemas"]["RestoreCounts"];
        };
        SearchEvents: {
            /** @description the last one when it fails */
            error: components["schemas"]["Problem"];
            progress: components["schemas"]["SearchProgress"];
            /** @description the last one, unless it fails */
            result: components["schemas"]["SearchResult"];
        };
        SearchProgress: {
            /**
             * @description keys, of this stage
             * @example 12
             */
            done: number;
            /**
             * @description keys upload their marks; they look for the others'; the marks are deleted
             * @example mark
             * @enum {string}
             */
            stage: "mark" | "look" | "compare" | "delete";
            /** @example 50 */
            total: number;
        };
        SearchResult: {
            /**
             * @description keys whose project could not be found
             * @example 1
             */
            failed: number;
            /**
             * @description that were looked at
             * @example 50
             */
            keys: number;
            /**
             * @description they belong to
             * @example 41
             */
            projects: number;
            /**
             * @description keys that share their project with another
             * @example 12
             */
            shared: number;
        };
        ServingKey: {
            /** @example false */
            able: boolean;
            /** @example 7 */
            id: number;
            /** @example AIza••••••7f3Q */
            masked: string;
            /** @example key-07 */
            name: string;
            /**
             * @description a verdict, a state, or the limit that is reached: rpm, tpm, rpd; null when able
             * @example day_quota
             */
            reason: string | null;
            /**
             * Format: date-time
             * @description null when no time helps by itself
             * @example 2026-11-24T08:01:12Z
             */
            until: string | null;
        };
        Settings: {
            /**
             * @description ask Gemini by itself about keys that failed, rest or are not used; costs no generation quota
             * @default true
             * @example true
             */
            background_check: boolean;
            /**
             * @description seconds from a key's failure to its check
             * @default 5
             * @example 5
             */
            check_delay: number;
            /**
             * @description seconds between the checks of a key that is not healthy or not used
             * @default 3600
             * @example 3600
             */
            check_interval: number;
            cleanup: components["schemas"]["Cleanup"];
            /**
             * @description failures in a row that make a key unhealthy
             * @default 3
             * @example 3
             */
            failure_threshold: number;
            /**
             * @description try the next key at once instead of backing off first
             * @default true
             * @example true
             */
            fast_failover: boolean;
            files: components["schemas"]["Files"];
            /**
             * @description seconds to a stream's first part before the next key is tried
             * @default 30
             * @example 30
             */
            first_byte_timeout: number;
            keep_alive: components["schemas"]["KeepAlive"];
            /**
             * @description seconds request rows are kept
             * @default 2592000
             * @example 2592000
             */
            log_retention: number;
            /**
             * @description distinct keys one request may use
             * @default 5
             * @example 5
             */
            max_key_attempts: number;
            /**
             * @description find by marker files which new keys share a Google project; costs no generation quota
             * @default true
             * @example true
             */
            project_discovery: boolean;
            prompt_injection: components["schemas"]["PromptInjection"];
            /**
             * @description seconds a request may wait for room
             * @default 10
             * @example 10
             */
            queue_wait: number;
            /**
             * @description seconds for a whole answer; in a stream, the longest silence after its first part
             * @default 60
             * @example 60
             */
            request_timeout: number;
            /**
             * @description how the pool chooses among keys with room
             * @default adaptive
             * @example adaptive
             * @enum {string}
             */
            strategy: "adaptive" | "least_used" | "round_robin";
            /**
             * @description how Gemini is asked; the client gets the form it asks for
             * @default auto
             * @example auto
             * @enum {string}
             */
            stream_mode: "auto" | "stream" | "non_stream";
            symbol_injection: components["schemas"]["SymbolInjection"];
            thinking: components["schemas"]["Thinking"];
            /**
             * @description seconds hourly usage is kept
             * @default 34560000
             * @example 34560000
             */
            usage_retention: number;
            usage_threshold: components["schemas"]["UsageThreshold"];
        };
        SettingsPatch: {
            /** @example true */
            background_check?: boolean;
            /** @example 5 */
            check_delay?: number;
            /** @example 3600 */
            check_interval?: number;
            cleanup?: components["schemas"]["CleanupPatch"];
            /** @example 3 */
            failure_threshold?: number;
            /** @example true */
            fast_failover?: boolean;
            files?: components["schemas"]["FilesPatch"];
            /** @example 30 */
            first_byte_timeout?: number;
            keep_alive?: components["schemas"]["KeepAlivePatch"];
            /** @example 2592000 */
            log_retention?: number;
            /** @example 5 */
            max_key_attempts?: number;
            /** @example true */
            project_discovery?: boolean;
            prompt_injection?: components["schemas"]["PromptInjectionPatch"];
            /** @example 10 */
            queue_wait?: number;
            /** @example 60 */
            request_timeout?: number;
            /**
             * @example adaptive
             * @enum {string}
             */
            strategy?: "adaptive" | "least_used" | "round_robin";
            /**
             * @example auto
             * @enum {string}
             */
            stream_mode?: "auto" | "stream" | "non_stream";
            symbol_injection?: components["schemas"]["SymbolInjectionPatch"];
            thinking?: components["schemas"]["ThinkingPatch"];
            /** @example 34560000 */
            usage_retention?: number;
            usage_threshold?: components["schemas"]["UsageThresholdsPatch"];
        };
        Sums: {
            /**
             * @description answered with an error that was not the client's own
             * @example 2
             */
            failures: number;
            /** @example 91200 */
            input_tokens: number;
            /** @example 24000 */
            output_tokens: number;
            /** @example 640 */
            requests: number;
        };
        SymbolInjection: {
            /**
             * @default false
             * @example false
             */
            enabled: boolean;
            /**
             * @description leave requests with tools as they are
             * @default true
             * @example true
             */
            exempt_tools: boolean;
            /**
             * @description leave shorter prompts as they are
             * @default 0
             * @example 0
             */
            min_tokens: number;
            /**
             * @default auto
             * @example auto
             * @enum {string}
             */
            strategy: "auto" | "prefix" | "suffix" | "wrap" | "invisible" | "mixed";
        };
        SymbolInjectionPatch: {
            /** @example false */
            enabled?: boolean;
            /** @example true */
            exempt_tools?: boolean;
            /** @example 0 */
            min_tokens?: number;
            /**
             * @example auto
             * @enum {string}
             */
            strategy?: "auto" | "prefix" | "suffix" | "wrap" | "invisible" | "mixed";
        };
        SymbolSample: {
            /**
             * @description characters that were added, invisible ones too
             * @example 4
             */
            added: number;
            /**
             * @description the strategy of the settings, whether symbol injection is on or off
             * @example false
             */
            current: boolean;
            /**
             * @example suffix
             * @enum {string}
             */
            strategy: "auto" | "prefix" | "suffix" | "wrap" | "invisible" | "mixed";
            /** @example Why is the sky blue? ∇≈⊕ */
            text: string;
        };
        SymbolSamples: {
            items: components["schemas"]["SymbolSample"][];
        };
        SymbolTrial: {
            /** @example Why is the sky blue? */
            text: string;
        };
        System: {
            /** @example 73fa5fa */
            commit: string;
            database: components["schemas"]["Database"];
            /** @example go1.26.0 */
            go_version: string;
            /** @example 24 */
            goroutines: number;
            /**
             * @description held by the Go runtime, not given back to the system
             * @example 31457280
             */
            memory_bytes: number;
            /** @description those that share the database, the longest running first, at most 100; null while the database is away */
            replicas: components["schemas"]["Replica"][] | null;
            /**
             * Format: date-time
             * @example 2026-11-23T02:48:17Z
             */
            started_at: string;
            /** @example 3600 */
            uptime_seconds: number;
            /** @example 1.0.0 */
            version: string;
        };
        Thinking: {
            /**
             * @description tokens, as near as the model takes; -1 leaves it to the model
             * @default -1
             * @example -1
             */
            budget: number;
            /**
             * @description off: models think as little as they can
             * @default true
             * @example true
             */
            enabled: boolean;
            /**
             * @description answers carry reasoning_content
             * @default false
             * @example false
             */
            include_thoughts: boolean;
        };
        ThinkingPatch: {
            /** @example -1 */
            budget?: number;
            /** @example true */
            enabled?: boolean;
            /** @example false */
            include_thoughts?: boolean;
        };
        Timeseries: {
            /**
             * Format: date-time
             * @example 2026-11-22T03:00:00Z
             */
            from: string;
            points: components["schemas"]["Point"][];
            /** @example 900 */
            step_seconds: number;
            /**
             * Format: date-time
             * @example 2026-11-23T03:00:00Z
             */
            to: string;
        };
        Tokens: {
            access_token: string;
            /**
             * @description seconds the access token is good for
             * @example 900
             */
            expires_in: number;
            refresh_token: string;
            /**
             * @example Bearer
             * @enum {string}
             */
            token_type: "Bearer";
        };
        UsageThreshold: {
            /**
             * @default 0.95
             * @example 0.95
             */
            protect: number;
            /**
             * @default 0.8
             * @example 0.8
             */
            warn: number;
        };
        UsageThresholdsPatch: {
            /** @example 0.95 */
            protect?: number;
            /** @example 0.8 */
            warn?: number;
        };
        UserKey: {
            /**
             * @description requests at one time
             * @example 8
             */
            concurrency: number | null;
            /**
             * Format: date-time
             * @example 2026-11-20T09:00:00Z
             */
            created_at: string;
            /** @example true */
            enabled: boolean;
            /**
             * Format: date-time
             * @description null: never
             * @example 2027-01-01T00:00:00Z
             */
            expires_at: string | null;
            /** @example 3 */
            id: number;
            /**
             * Format: date-time
             * @description null: never
             * @example 2026-11-23T02:48:17Z
             */
            last_used_at: string | null;
            /** @example sk-ab12…wxyz */
            masked: string;
            /**
             * @description it may use, by name or pattern; empty: every one
             * @example [
             *       "gemini-*-flash"
             *     ]
             */
            models: string[];
            /**
             * @description tokens a calendar month of UTC, in and out
             * @example 10000000
             */
            monthly_tokens: number | null;
            /** @example laptop */
            name: string;
            /**
             * @description it may be used from; empty: from everywhere
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            networks: string[];
            /** @example for the editor */
            note: string;
            /**
             * @description since midnight in tz; null while the database does not answer
             * @example 120
             */
            requests_today: number | null;
            /**
             * @description null while the database does not answer
             * @example 9120
             */
            requests_total: number | null;
            /**
             * @description requests a day of UTC
             * @example 5000
             */
            rpd: number | null;
            /**
             * @description requests a minute; null: no limit
             * @example 60
             */
            rpm: number | null;
            /**
             * @description in and out; null while the database does not answer
             * @example 48000
             */
            tokens_today: number | null;
            /**
             * @description tokens a minute, in and out
             * @example 100000
             */
            tpm: number | null;
            /** @description what it has used of its limits; null when nothing of it is counted */
            use: components["schemas"]["UserKeyUse"] | null;
            /**
             * @description of what operators set; send it as If-Match, in quotes, with a change that must not overwrite another
             * @example 6d1c0f7be2a94c35
             */
            version: string;
        };
        UserKeyCounts: {
            /** @example 4 */
            all: number;
            /** @example 3 */
            enabled: number;
        };
        UserKeyList: {
            items: components["schemas"]["UserKey"][];
            /** @example 3 */
            total: number;
        };
        UserKeyPatch: {
            /**
             * @description requests at one time
             * @example 8
             */
            concurrency?: number | null;
            /** @example false */
            enabled?: boolean;
            /**
             * Format: date-time
             * @description RFC 3339; null: never
             * @example 2027-01-01T00:00:00Z
             */
            expires_at?: string | null;
            /**
             * @description names or patterns; empty: every one
             * @example [
             *       "gemini-*-flash"
             *     ]
             */
            models?: string[];
            /**
             * @description tokens a calendar month of UTC, in and out
             * @example 10000000
             */
            monthly_tokens?: number | null;
            /** @example laptop */
            name?: string;
            /**
             * @description or addresses; empty: from everywhere
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            networks?: string[];
            /** @example for the editor */
            note?: string;
            /**
             * @description requests a day of UTC
             * @example 5000
             */
            rpd?: number | null;
            /**
             * @description requests a minute; null: no limit
             * @example 60
             */
            rpm?: number | null;
            /**
             * @description tokens a minute, in and out
             * @example 100000
             */
            tpm?: number | null;
        };
        UserKeyRequest: {
            /**
             * @description requests at one time
             * @example 8
             */
            concurrency?: number | null;
            /**
             * Format: date-time
             * @description RFC 3339; null: never
             * @example 2027-01-01T00:00:00Z
             */
            expires_at?: string | null;
            /**
             * @description names or patterns; empty: every one
             * @example [
             *       "gemini-*-flash"
             *     ]
             */
            models?: string[];
            /**
             * @description tokens a calendar month of UTC, in and out
             * @example 10000000
             */
            monthly_tokens?: number | null;
            /** @example laptop */
            name: string;
            /**
             * @description or addresses; empty: from everywhere
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            networks?: string[];
            /** @example for the editor */
            note?: string;
            /**
             * @description requests a day of UTC
             * @example 5000
             */
            rpd?: number | null;
            /**
             * @description requests a minute; null: no limit
             * @example 60
             */
            rpm?: number | null;
            /**
             * @description tokens a minute, in and out
             * @example 100000
             */
            tpm?: number | null;
        };
        UserKeyStats: {
            /**
             * Format: date-time
             * @example 2026-11-22T03:00:00Z
             */
            from: string;
            /** @description the busiest first, at most 200 */
            items: components["schemas"]["UserKeySums"][];
            /** @description of the keys not in items */
            rest: components["schemas"]["Sums"];
            /**
             * Format: date-time
             * @example 2026-11-23T03:00:00Z
             */
            to: string;
        };
        UserKeySums: {
            /**
             * @description answered with an error that was not the client's own
             * @example 2
             */
            failures: number;
            /** @example 91200 */
            input_tokens: number;
            /**
             * @description null when the key is deleted
             * @example laptop
             */
            name: string | null;
            /** @example 24000 */
            output_tokens: number;
            /** @example 640 */
            requests: number;
            /** @example 3 */
            user_key_id: number;
        };
        UserKeyUse: {
            /** @example 230 */
            day_requests: number;
            /** @example 1 */
            in_flight: number;
            /** @example 12 */
            minute_requests: number;
            /** @example 9000 */
            minute_tokens: number;
            /** @example 812000 */
            month_tokens: number;
        };
        VerdictSum: {
            /** @example 40 */
            attempts: number;
            /** @example minute_quota */
            verdict: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: {
        /** @description the refresh token */
        RefreshRequest: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAudit: {
        parameters: {
            query?: {
                /** @description this time and later */
                from?: string;
                /** @description what was changed */
                kind?: "sign" | "keys" | "users" | "models" | "settings" | "files" | "backups";
                /** @description from 1 */
                page?: number;
                /** @description 1–200 */
                page_size?: number;
                /** @description part of a username, address, action or target */
                q?: string;
                /** @description before this time */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                    "application/problem+json": components["schemas"]["AuditList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportAudit: {
        parameters: {
            query?: {
                /** @description this time and later */
                from?: string;
                /** @description what was changed */
                kind?: "sign" | "keys" | "users" | "models" | "settings" | "files" | "backups";
                /** @description part of a username, address, action or target */
                q?: string;
                /** @description before this time */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a header line, then one line a change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": string;
                    "text/csv": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description name and password */
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                    "application/problem+json": components["schemas"]["Tokens"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description bad_credentials */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_attempts */
            429: {
                headers: {
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["RefreshRequest"];
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                    "application/problem+json": components["schemas"]["Me"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description both passwords */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordRequest"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_attempts */
            429: {
                headers: {
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["RefreshRequest"];
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                    "application/problem+json": components["schemas"]["Tokens"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description refresh_invalid, refresh_reused */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenSessionList"];
                    "application/problem+json": components["schemas"]["OpenSessionList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the session's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    makeBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description the passphrase */
        requestBody: {
            content: {
                "application/json": components["schemas"]["BackupRequest"];
            };
        };
        responses: {
            /** @description the sealed file */
            200: {
                headers: {
                    /** @description a name for the file */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                    "application/problem+json": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the database is away, or another backup is under way */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewCleanup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanupPlan"];
                    "application/problem+json": components["schemas"]["CleanupPlan"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runCleanup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanupPlan"];
                    "application/problem+json": components["schemas"]["CleanupPlan"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description a cleanup is under way */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the data of each event, by its name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["LiveEvents"];
                    "text/event-stream": components["schemas"]["LiveEvents"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description too many streams are open, or the server stops */
            503: {
                headers: {
                    /** @description seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFiles: {
        parameters: {
            query?: {
                /** @description from 1 */
                page?: number;
                /** @description 1–200 */
                page_size?: number;
                /** @description part of a name, a type or an owner's name */
                q?: string;
                /** @description - before the name: descending */
                sort?: "created" | "-created" | "size" | "-size" | "expires" | "-expires" | "filename" | "-filename";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileList"];
                    "application/problem+json": components["schemas"]["FileList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the file's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileDetail"];
                    "application/problem+json": components["schemas"]["FileDetail"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the file's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listGeminiKeys: {
        parameters: {
            query?: {
                /** @description from 1 */
                page?: number;
                /** @description 1–200 */
                page_size?: number;
                /** @description only this project's */
                project?: string;
                /** @description part of a name, note, project or masked key */
                q?: string;
                /** @description - before the name: descending */
                sort?: "id" | "-id" | "name" | "-name" | "project" | "-project" | "state" | "-state" | "requests_today" | "-requests_today" | "success_rate" | "-success_rate" | "latency_seconds" | "-latency_seconds" | "last_used_at" | "-last_used_at" | "weight" | "-weight" | "created_at" | "-created_at" | "removed_at" | "-removed_at";
                /** @description only these */
                state?: "healthy" | "resting" | "failing" | "unknown" | "disabled" | "removed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKeyList"];
                    "application/problem+json": components["schemas"]["GeminiKeyList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportGeminiKeys: {
        parameters: {
            query?: {
                /** @description only this project's */
                project?: string;
                /** @description part of a name, note, project or masked key */
                q?: string;
                /** @description only these */
                state?: "healthy" | "resting" | "failing" | "unknown" | "disabled" | "removed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a header line, then one line a key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": string;
                    "text/csv": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGeminiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version, for If-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKey"];
                    "application/problem+json": components["schemas"]["GeminiKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeGeminiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateGeminiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag the change rests on */
                "If-Match"?: string;
            };
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        /** @description what changes */
        requestBody: {
            content: {
                "application/json": components["schemas"]["GeminiKeyPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the new version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKey"];
                    "application/problem+json": components["schemas"]["GeminiKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the key is removed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description version_conflict */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    checkGeminiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckResult"];
                    "application/problem+json": components["schemas"]["CheckResult"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Bad Gateway */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGeminiKeyDetails: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKeyDetails"];
                    "application/problem+json": components["schemas"]["GeminiKeyDetails"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreGeminiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKey"];
                    "application/problem+json": components["schemas"]["GeminiKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    wakeGeminiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKey"];
                    "application/problem+json": components["schemas"]["GeminiKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeGeminiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description what to change */
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkResult"];
                    "application/problem+json": components["schemas"]["BulkResult"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    checkGeminiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the data of each event, by its name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CheckEvents"];
                    "text/event-stream": components["schemas"]["CheckEvents"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description such a check is under way */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
        };
    };
    discoverProjects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the data of each event, by its name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["SearchEvents"];
                    "text/event-stream": components["schemas"]["SearchEvents"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description such a search is under way */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
        };
    };
    importGeminiKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description the text */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportResult"];
                    "application/problem+json": components["schemas"]["ImportResult"];
                    "text/event-stream": components["schemas"]["ImportResult"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/event-stream": components["schemas"]["Problem"];
                };
            };
        };
    };
    getKeepAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeepAliveStatus"];
                    "application/problem+json": components["schemas"]["KeepAliveStatus"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pingKeepAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeepAliveStatus"];
                    "application/problem+json": components["schemas"]["KeepAliveStatus"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the public address is not known */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: {
                /** @description from 1 */
                page?: number;
                /** @description 1–200 */
                page_size?: number;
                /** @description part of a name or alias */
                q?: string;
                /** @description - before the name: descending */
                sort?: "name" | "-name" | "requests_today" | "-requests_today";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                    "application/problem+json": components["schemas"]["ModelList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putModel: {
        parameters: {
            query?: never;
            header?: {
                /** @description the version the change rests on, in quotes */
                "If-Match"?: string;
            };
            path: {
                /** @description Gemini's name */
                name: string;
            };
            cookie?: never;
        };
        /** @description all that is set */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the new version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                    "application/problem+json": components["schemas"]["Model"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description another model has the alias */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description version_conflict */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Gemini's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelServing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Gemini's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelServing"];
                    "application/problem+json": components["schemas"]["ModelServing"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    syncModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelSync"];
                    "application/problem+json": components["schemas"]["ModelSync"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Bad Gateway */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gateway Timeout */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listProjects: {
        parameters: {
            query?: {
                /** @description from 1 */
                page?: number;
                /** @description 1–200 */
                page_size?: number;
                /** @description part of a name */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectNameList"];
                    "application/problem+json": components["schemas"]["ProjectNameList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRequests: {
        parameters: {
            query?: {
                /** @description next of the page before */
                after?: string;
                /** @description this time and later */
                from?: string;
                /** @description whose last attempt was with this Gemini key */
                gemini_key_id?: number;
                /** @description Gemini's name */
                model?: string;
                /** @description ok, or the word of a fault */
                outcome?: string;
                /** @description 1–200 */
                page_size?: number;
                /** @description how the request id begins; an answer's id (chatcmpl-…) will do */
                q?: string;
                /** @description only those that took more than one attempt, or only those that did not */
                retried?: boolean;
                /** @description the class of the status */
                status?: "2xx" | "4xx" | "5xx";
                /** @description only streams, or only whole answers */
                stream?: boolean;
                /** @description before this time */
                to?: string;
                /** @description of this user key */
                user_key_id?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestList"];
                    "application/problem+json": components["schemas"]["RequestList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportRequests: {
        parameters: {
            query?: {
                /** @description this time and later */
                from?: string;
                /** @description whose last attempt was with this Gemini key */
                gemini_key_id?: number;
                /** @description Gemini's name */
                model?: string;
                /** @description ok, or the word of a fault */
                outcome?: string;
                /** @description how the request id begins */
                q?: string;
                /** @description only those that took more than one attempt, or only those that did not */
                retried?: boolean;
                /** @description the class of the status */
                status?: "2xx" | "4xx" | "5xx";
                /** @description only streams, or only whole answers */
                stream?: boolean;
                /** @description before this time */
                to?: string;
                /** @description of this user key */
                user_key_id?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a header line, then one line a request */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": string;
                    "text/csv": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                    "text/csv": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description its id, not its request id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestDetail"];
                    "application/problem+json": components["schemas"]["RequestDetail"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description the backup, at most 64 MiB
                     */
                    file: string;
                    /**
                     * Format: password
                     * @description that of the backup
                     */
                    passphrase: string;
                    /**
                     * @description only say what would happen
                     * @default false
                     */
                    preview?: boolean;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RestoreResult"];
                    "application/problem+json": components["schemas"]["RestoreResult"];
                };
            };
            /** @description with the field at fault: passphrase or file */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the database is away, or another restore is under way */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the version, for If-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                    "application/problem+json": components["schemas"]["Settings"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description the ETag the change rests on */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description what changes */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the new version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                    "application/problem+json": components["schemas"]["Settings"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description version_conflict */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFailureStats: {
        parameters: {
            query: {
                /** @description how far back */
                range: "1h" | "24h" | "7d" | "30d";
                /**
                 * @description whose midnight the range is counted from; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FailureStats"];
                    "application/problem+json": components["schemas"]["FailureStats"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGeminiKeyStats: {
        parameters: {
            query: {
                /** @description how far back */
                range: "1h" | "24h" | "7d" | "30d";
                /**
                 * @description whose midnight the range is counted from; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKeyStats"];
                    "application/problem+json": components["schemas"]["GeminiKeyStats"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGeminiKeyHours: {
        parameters: {
            query: {
                /**
                 * @description ids of keys, with commas between them; at most 200
                 * @example 7,8
                 */
                ids: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeminiKeyHours"];
                    "application/problem+json": components["schemas"]["GeminiKeyHours"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelStats: {
        parameters: {
            query: {
                /** @description how far back */
                range: "1h" | "24h" | "7d" | "30d";
                /**
                 * @description whose midnight the range is counted from; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelStats"];
                    "application/problem+json": components["schemas"]["ModelStats"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOverview: {
        parameters: {
            query?: {
                /**
                 * @description whose midnight begins today; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                    "application/problem+json": components["schemas"]["Overview"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTimeseries: {
        parameters: {
            query: {
                /**
                 * @description only those whose last attempt this Gemini key made
                 * @example 7
                 */
                gemini_key_id?: number;
                /**
                 * @description only this model's, by Gemini's name
                 * @example gemini-3.8-flash
                 */
                model?: string;
                /** @description how far back */
                range: "1h" | "24h" | "7d" | "30d";
                /**
                 * @description whose midnight the steps are counted from; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
                /**
                 * @description only this user key's
                 * @example 3
                 */
                user_key_id?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeseries"];
                    "application/problem+json": components["schemas"]["Timeseries"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUserKeyStats: {
        parameters: {
            query: {
                /** @description how far back */
                range: "1h" | "24h" | "7d" | "30d";
                /**
                 * @description whose midnight the range is counted from; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserKeyStats"];
                    "application/problem+json": components["schemas"]["UserKeyStats"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSystem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["System"];
                    "application/problem+json": components["schemas"]["System"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    trySymbolInjection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description the text */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SymbolTrial"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SymbolSamples"];
                    "application/problem+json": components["schemas"]["SymbolSamples"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUserKeys: {
        parameters: {
            query?: {
                /** @description from 1 */
                page?: number;
                /** @description 1–200 */
                page_size?: number;
                /** @description part of a name or note */
                q?: string;
                /** @description - before the name: descending */
                sort?: "id" | "-id" | "name" | "-name" | "last_used_at" | "-last_used_at" | "created_at" | "-created_at";
                /**
                 * @description whose midnight begins today; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserKeyList"];
                    "application/problem+json": components["schemas"]["UserKeyList"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUserKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description its name */
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserKeyRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewUserKey"];
                    "application/problem+json": components["schemas"]["NewUserKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteUserKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateUserKey: {
        parameters: {
            query?: {
                /**
                 * @description whose midnight begins today; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: {
                /** @description the version the change rests on, in quotes */
                "If-Match"?: string;
            };
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        /** @description what changes */
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserKeyPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /** @description the new version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserKey"];
                    "application/problem+json": components["schemas"]["UserKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description version_conflict */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateUserKey: {
        parameters: {
            query?: {
                /**
                 * @description whose midnight begins today; UTC by default
                 * @example Asia/Shanghai
                 */
                tz?: string;
            };
            header?: never;
            path: {
                /** @description the key's id */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewUserKey"];
                    "application/problem+json": components["schemas"]["NewUserKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
