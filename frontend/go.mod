module gemini-proxy/frontend

go 1.26

ignore ./node_modules
