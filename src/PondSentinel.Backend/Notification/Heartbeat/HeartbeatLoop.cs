using System.Globalization;
using System.Net.Http.Headers;

namespace PondSentinel.Backend.Notification.Heartbeat;

/// <summary>Tells a watch service that this backend works, for as long as it does: silence is the alarm.</summary>
/// <param name="options">What is called, and how often.</param>
/// <param name="fault">Why the backend does not work; null where it does.</param>
/// <param name="handler">The transport, disposed with this.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told when it falls silent or is not heard, and when that ends.</param>
internal sealed class HeartbeatLoop(
    HeartbeatOptions options, Func<string?> fault, HttpMessageHandler handler, TimeProvider time, ILogger<HeartbeatLoop> logger) : IDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    private readonly HttpClient client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
    private string? trouble;

    /// <summary>Beats until told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(options.Every, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                Note(fault() is { } why ? $"none is sent: {why}" : await BeatAsync(cancellationToken));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<string?> BeatAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(options.IsPost ? HttpMethod.Post : HttpMethod.Get, options.Url);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("PondSentinel", "1"));
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"the watch service answers with HTTP status {(int)response.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the watch service does not answer within {AnswerWithin.TotalSeconds} s");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: what watches over this backend must not end it.
            return e.Message;
        }
    }

    // The path of the address is often its secret.
    private void Note(string? reason)
    {
        if (reason is not null && trouble is null)
        {
            logger.LogWarning("The heartbeat for {Host} has stopped: {Reason}.", options.Url.Authority, reason);
        }
        else if (reason is null && trouble is not null)
        {
            logger.LogInformation("The heartbeat for {Host} goes on (it was: {Reason}).", options.Url.Authority, trouble);
        }

        trouble = reason;
    }
}
