using System.Collections.Concurrent;
using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Notification;

/// <summary>A real webhook that answers 500 to one notice for ever and takes all others.</summary>
public sealed class PoisonedWebhookTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = TestFolder.Create();
    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<(string Episode, int Status)> calls = new();
    private readonly Uri url = new($"http://127.0.0.1:{FreePort.Next()}/hook/");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => listener.Close();

    [Fact]
    public async Task Leak_arrives_while_an_older_notice_is_never_taken_and_nothing_comes_twice()
    {
        listener.Prefixes.Add(url.ToString());
        listener.Start();
        var serving = ServeAsync();
        using var channel = new WebhookChannel(new WebhookOptions { Url = url }, WebhookChannel.Transport(), TimeProvider.System);
        var outbox = new NotificationOutbox([channel], Connect, TimeProvider.System, NullLogger<NotificationOutbox>.Instance);
        Change(AlertSchema.Create);
        Change(outbox.Create);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var dispatch = new NotificationDispatch(outbox, [channel], TimeProvider.System, NullLogger<NotificationDispatch>.Instance).RunAsync(stop.Token);
        Tell(outbox, "bad", Severity.Medium);
        Tell(outbox, "good", Severity.Medium);
        await Taken("good");
        Tell(outbox, "leak", Severity.Urgent);
        await Taken("leak");

        await stop.CancelAsync();
        await dispatch;
        listener.Close();
        await serving;
        Assert.Equal(["good", "leak"], calls.Where(call => call.Status == 204).Select(call => call.Episode));
        Assert.Equal(["bad", "bad", "bad"], calls.TakeWhile(call => call.Status == 500).Select(call => call.Episode));
        Assert.Equal(1, outbox.Waiting(channel.Name));
    }

    private Task Taken(string episode) => Eventually.HoldsAsync(
        () => calls.Contains((episode, 204)), Patience, () => $"{episode} is not told: {string.Join(' ', calls)}");

    private void Tell(NotificationOutbox outbox, string episode, Severity severity)
    {
        Change(transaction => outbox.Add(transaction, SmtpTests.Notice() with { Id = $"{episode}.1", Episode = episode, Severity = severity, Rule = $"rule-{episode}" }));
        outbox.Wake();
    }

    private void Change(Action<SqliteTransaction> work)
    {
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        work(transaction);
        transaction.Commit();
    }

    private SqliteConnection Connect() => new StateDatabase(Path.Combine(folder, "state.db")).Connect();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var notice = AlertNotice.FromJson(await reader.ReadToEndAsync(Cancelled));
                var status = notice.Episode == "bad" ? 500 : 204;
                calls.Enqueue((notice.Episode, status));
                context.Response.StatusCode = status;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }
}
