// A browser starts no worker for a page that is opened from a folder, and the search runs in one. Here a hidden frame of the same page
// stands in for it: the same script, with messages passed by hand. From a web server this does nothing.
if (location.protocol === "file:") {
  const load = (page, url) => new Promise((done, failed) => {
    const script = page.createElement("script")
    Object.assign(script, { src: url, onload: done, onerror: failed })
    page.body.appendChild(script)
  })
  const passed = data => new MessageEvent("message", { data })

  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.body.appendChild(document.createElement("iframe"))
      this.frame.hidden = true
      const { contentWindow: inner, contentDocument: page } = this.frame
      inner.importScripts = (...urls) => urls.reduce((before, one) => before.then(() => load(page, one)), Promise.resolve())
      inner.postMessage = data => {
        const event = passed(data)
        this.dispatchEvent(event)
        this.onmessage?.(event)
      }
      this.ready = load(page, url)
    }

    postMessage(data) {
      this.ready.then(() => {
        const event = passed(data)
        this.frame.contentWindow.dispatchEvent(event)
        this.frame.contentWindow.onmessage?.(event)
      })
    }

    terminate() {
      this.frame.remove()
    }
  }
}
