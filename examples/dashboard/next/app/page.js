export default function Page() {
  return <p>The app's own page.</p>
}
