import './styles.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Router } from 'wouter'
import { cache } from './api/cache.ts'
import { App } from './app.tsx'
import { basePath } from './config.ts'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={cache}>
        <Router base={basePath}>
          <App />
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  )
}
