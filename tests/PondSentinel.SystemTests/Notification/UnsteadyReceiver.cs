using System.Collections.Concurrent;
using System.Net;
using PondSentinel.Backend.Alerting;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Notification;

/// <summary>A webhook that now and then fails, is busy or hangs, and remembers what it has taken.</summary>
internal sealed class UnsteadyReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<AlertNotice> taken = new();
    private readonly HttpListener listener = new();
    private readonly Task serving;
    private int asked;

    public UnsteadyReceiver()
    {
        Url = new Uri($"http://127.0.0.1:{FreePort.Next()}/hook/");
        listener.Prefixes.Add(Url.ToString());
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Where notices go.</summary>
    public Uri Url { get; }

    /// <summary>What it has said that it takes, in order.</summary>
    public IReadOnlyList<AlertNotice> Taken => [.. taken];

    /// <summary>How often it did not take what came.</summary>
    public int Failures { get; private set; }

    /// <summary>How often it did not even answer.</summary>
    public int Hung { get; private set; }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        List<HttpListenerContext> hung = [];
        while (true)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var notice = AlertNotice.FromJson(await reader.ReadToEndAsync());
                var status = (++asked % 41) switch
                {
                    9 => 503,
                    18 => 429,
                    27 => 302,
                    35 => 0,
                    _ => 204,
                };
                if (status == 204)
                {
                    taken.Enqueue(notice);
                }
                else
                {
                    Failures++;
                }

                if (status == 0)
                {
                    hung.Add(context);
                    Hung++;
                    continue;
                }

                if (status == 429)
                {
                    context.Response.AddHeader("Retry-After", "2");
                }

                context.Response.StatusCode = status;
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // Whoever asked was killed in the middle of it; or the test is over.
                if (!listener.IsListening)
                {
                    return;
                }
            }
        }
    }
}
