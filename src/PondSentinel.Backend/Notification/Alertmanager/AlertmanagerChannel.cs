using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification.Alertmanager;

/// <summary>Posts alerts to the API v2 of a Prometheus Alertmanager. README.md of this folder describes labels and times.</summary>
/// <remarks>Alertmanager keeps no alert that is not said again. So beside the news there is a loop that posts what it was told of and
/// still fires, read from the state database: after a restart of either side all is there again within its period, and what a silence
/// keeps from it stays away. News and loop take turns: what
/// the loop has read before an alert was over never arrives after the news of that.</remarks>
public sealed class AlertmanagerChannel : INotificationChannel, IBackgroundChannel, IDisposable
{
    // Four periods as Prometheus has it: three calls may fail before an alert that fires seems to be over.
    private const int PeriodsKept = 4;
    private const int AlertsPerCall = 500;

    private readonly AlertmanagerOptions options;
    private readonly Uri url;
    private readonly Func<string, IReadOnlyList<AlertNotice>> firing;
    private readonly TimeProvider time;
    private readonly JsonPost post;
    private readonly SemaphoreSlim turn = new(1, 1);

    /// <summary>Makes a channel.</summary>
    /// <param name="options">Where to post, and of what.</param>
    /// <param name="firing">The newest notice of all that the channel of a name was told of and that fires.</param>
    /// <param name="handler">The transport, disposed with the channel.</param>
    /// <param name="time">Clock for time limits and the loop.</param>
    public AlertmanagerChannel(
        AlertmanagerOptions options, Func<string, IReadOnlyList<AlertNotice>> firing, HttpMessageHandler handler, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, this.firing, this.time, post) = (options, firing, time, new JsonPost(handler, time, options.AnswerWithin));
        url = new Uri($"{options.Url.AbsoluteUri.TrimEnd('/')}/api/v2/alerts");
        FormerName = $"alertmanager {options.Url.Authority} {ChannelNames.Digits(options.Url.AbsoluteUri)}";
    }

    /// <inheritdoc/>
    public string Name => options.Policy.Name;

    /// <inheritdoc/>
    public string? FormerName { get; }

    /// <inheritdoc/>
    public ChannelPolicy Policy => options.Policy;

    /// <inheritdoc/>
    public async Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        await turn.WaitAsync(cancellationToken);
        try
        {
            IReadOnlyList<PostedAlert> alerts =
                message.Kind == MessageKind.Test ? [PostedAlert.OfTest(message)]
                : message.Unreadable.Count > 0 ? [.. message.Unreadable.Select(notice => PostedAlert.OfUnreadable(notice, message.MadeAt))]
                : [.. Current(message.Notices).Select(AlertOf)];
            return alerts.Count == 0 ? DeliveryResult.Delivered : await PostAsync(alerts, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.ResendEvery, time);
        try
        {
            do
            {
                await SayAgainAsync(cancellationToken);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        post.Dispose();
        turn.Dispose();
    }

    // Trouble is told by the news, which waits for it to end; here the next period is the next attempt.
    private async Task SayAgainAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            foreach (var some in firing(Name).Chunk(AlertsPerCall))
            {
                await PostAsync([.. some.Select(AlertOf)], cancellationToken);
            }
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            // A full disk or a locked database passes, and says so elsewhere.
        }
        finally
        {
            turn.Release();
        }
    }

    // To Alertmanager all episodes of a rule at a channel are one alert: that one is over is no news while another fires.
    private IEnumerable<AlertNotice> Current(IReadOnlyList<AlertNotice> notices)
    {
        if (notices.All(notice => notice.Phase == NoticeKind.Firing))
        {
            return notices;
        }

        var fires = notices.Concat(firing(Name)).Where(notice => notice.Phase == NoticeKind.Firing).ToLookup(PostedAlert.IdentityOf);
        return notices.Where(notice =>
            notice.Phase == NoticeKind.Firing || fires[PostedAlert.IdentityOf(notice)].All(other => other.Episode == notice.Episode));
    }

    private PostedAlert AlertOf(AlertNotice notice) =>
        PostedAlert.Of(notice, Policy.UtcOffset, time.GetUtcNow() + (PeriodsKept * options.ResendEvery));

    private Task<DeliveryResult> PostAsync(IReadOnlyList<PostedAlert> alerts, CancellationToken cancellationToken) =>
        post.SendAsync(url, PostedAlertJson.Bytes(alerts), headers: [], answer: null, cancellationToken);
}
