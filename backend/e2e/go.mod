module gemini-proxy/backend/e2e

go 1.26
