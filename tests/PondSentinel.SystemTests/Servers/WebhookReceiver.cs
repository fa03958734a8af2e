using System.Collections.Concurrent;
using System.Net;
using PondSentinel.Backend.Alerting;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Servers;

/// <summary>A webhook that takes every notice and remembers all of them, repetitions too.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<AlertNotice> notices = new();
    private readonly HttpListener listener = new();
    private readonly Task serving;

    public WebhookReceiver()
    {
        Url = new Uri($"http://127.0.0.1:{FreePort.Next()}/hook/");
        listener.Prefixes.Add(Url.ToString());
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Where notices go.</summary>
    public Uri Url { get; }

    /// <summary>What came, in order.</summary>
    public IReadOnlyList<AlertNotice> Notices => [.. notices];

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                using var reader = new StreamReader(context.Request.InputStream);
                notices.Enqueue(AlertNotice.FromJson(await reader.ReadToEndAsync()));
                context.Response.StatusCode = 204;
                context.Response.Close();
            }
            catch (ObjectDisposedException) when (!listener.IsListening)
            {
                // The test was over in the middle of a notice.
                return;
            }
        }
    }
}
