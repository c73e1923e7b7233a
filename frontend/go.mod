module gemini-proxy/frontend

go 1.26
