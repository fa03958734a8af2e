using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Net.Http.Headers;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Backend.Web.History;
using PondSentinel.Backend.Web.Monitoring;

namespace PondSentinel.Backend.Web;

/// <summary>The page: listens on loopback, shows what is and was, and lets people of this machine take alarms on and silence them.
/// </summary>
/// <remarks>
/// <para><c>GET /</c> and its style and script, <c>GET /api/now</c>, <c>GET /api/series</c>, <c>GET /events</c> (server-sent events), and for machines that
/// watch <c>/healthz /readyz /metrics</c>.</para>
/// <para>A browser on this machine may visit any page of the world, and that page may ask for ours: so a Host that is not
/// this machine is refused (it would be a name that somebody has bound to 127.0.0.1), nothing may frame or read us from
/// another origin, and no script runs but our own file.</para>
/// </remarks>
internal sealed class WebPage : IAsyncDisposable
{
    private const int StreamsMax = 64;

    // A reader of /public comes once a minute: who kept a connection from one time to the next would keep others out.
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(10);

    private static readonly (string Name, string Value)[] Protections =
    [
        ("Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ];

    private readonly WebApplication application;
    private readonly Gate gate;
    private readonly SessionBook sessions;
    private readonly PasswordTurns turns = new();
    private readonly TimeProvider time;
    private int streams;

    private WebPage(WebApplication application, WebOptions options, WebParts parts)
    {
        (this.application, time) = (application, parts.Time);
        sessions = new SessionBook(parts.Open, options.SessionIdle, options.SessionMax, time);
        gate = new Gate(options, parts.Accounts, sessions);
        var stopping = application.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        application.Use((context, next) =>
        {
            foreach (var (name, value) in Protections)
            {
                context.Response.Headers[name] = value;
            }

            return next(context);
        });
        application.UseHostFiltering();
        application.UseRouting();
        application.Use(gate.AdmitAsync);
        foreach (var asset in PageAsset.All)
        {
            application.MapGet(asset.Path, () => Packing.Result(asset)).WithMetadata(new EntryOf(asset.Entry));
        }

        application.MapGet("/api/now", (HttpContext context) => ReadersLanguage.Of(context.Request) is { } language
            ? Packing.Result(parts.Maker.Make(language).ToJson(), "application/json")
            : Problem.BadLanguage.ToResult());
        SeriesRoutes.Map(application, parts.History, parts.Time);
        parts.Desk.Map(application, gate);
        parts.Refused.Map(application, gate);
        new SignInRoutes(gate, parts.Accounts, sessions, turns, time).Map(application);
        new AccountRoutes(gate, parts.Accounts, sessions, new OwnPassword(parts.Accounts, turns, time)).Map(application);
        if (options.Public is { } everybody)
        {
            parts.Public.Map(application, everybody);
        }

        parts.Report.Map(application);
        application.MapGet("/events", context => StreamAsync(context, parts.Feed, stopping));
        application.MapGet("/healthz", () => TypedResults.Text("ok\n", "text/plain")).WithMetadata(new EntryOf(Entry.Machine));
        application.MapGet("/readyz", async (CancellationToken end) =>
        {
            var report = await parts.Readiness.CheckAsync(end);
            return TypedResults.Text(report.ToJson(), "application/json", statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).WithMetadata(new EntryOf(Entry.Machine));
        application.MapGet("/metrics", () => TypedResults.Text(parts.Metrics.Make(), MetricsText.ContentType)).WithMetadata(new EntryOf(Entry.Machine));
    }

    /// <summary>Every path that it answers.</summary>
    internal IEnumerable<string> Paths => ((IEndpointRouteBuilder)application).DataSources
        .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Select(endpoint => endpoint.RoutePattern.RawText!);

    /// <summary>Where it listens on loopback.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The port on which it listens for others; null where it does not.</summary>
    public int? OpenPort { get; private set; }

    /// <summary>Starts it.</summary>
    /// <param name="options">Where it listens, and who comes in.</param>
    /// <param name="parts">What it shows.</param>
    /// <param name="loggers">The journal.</param>
    /// <exception cref="IOException">A port cannot be had, or nobody may come in on the address; the message says what to do.</exception>
    public static async Task<WebPage> StartAsync(WebOptions options, WebParts parts, ILoggerFactory loggers)
    {
        var certificate = options is { Listen: not null, Tls: { } tls } ? new ServedCertificate(tls, parts.Time, loggers.CreateLogger<WebPage>()) : null;
        if (options.Listen is not null && (certificate is null ? options.Proxy is null ? "name certificate and key, or the proxy in [web.proxy]" : null : certificate.Load()) is { } fault)
        {
            throw new IOException($"The page lets nobody in at {options.Listen} without TLS or a proxy: {fault}.");
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConnectionShares.All;
            kestrel.Limits.RequestHeadersTimeout = HeadersWithin;
            kestrel.Limits.KeepAliveTimeout = IdleMax;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(IPAddress.Loopback, options.Port);
            if (options.Listen is { } address)
            {
                kestrel.Listen(address, options.ListenPort, listener =>
                {
                    listener.Use(new ConnectionShares(options.Proxy?.Addresses ?? []).Limit);
                    if (certificate is not null)
                    {
                        listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Secure()) });
                    }
                });
            }
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = CloseWithin);
        builder.Services.Configure<HostFilteringOptions>(filter =>
            (filter.AllowedHosts, filter.AllowEmptyHosts, filter.IncludeFailureMessage) = ([.. Gate.LocalHosts, .. options.Hosts], false, false));

        // The program itself hears the signals and decides what is closed when.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        var page = new WebPage(builder.Build(), options, parts);
        try
        {
            await page.application.StartAsync();
        }
        catch (Exception e) when (e is SocketException || e is IOException { InnerException: AddressInUseException })
        {
            await page.DisposeAsync();
            var why = e is SocketException ? e.Message : "Address already in use";
            throw new IOException(
                options.Listen is null
                    ? $"The page cannot listen on 127.0.0.1:{options.Port} ({why}). Stop what uses the port, or set another in [web] port."
                    : $"The page cannot listen on 127.0.0.1:{options.Port} or on {new IPEndPoint(options.Listen, options.ListenPort)} ({why}). Stop what uses the port, or set another in [web] port or listen_port.", e);
        }

        var addresses = page.application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        page.Address = new Uri(addresses[0]);
        page.OpenPort = addresses.Count > 1 ? new Uri(addresses[1]).Port : null;
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var brief = new CancellationTokenSource(CloseWithin, TimeProvider.System);
        try
        {
            await application.StopAsync(brief.Token);
        }
        catch (OperationCanceledException) when (brief.IsCancellationRequested)
        {
            // A reader that takes nothing holds its stream open; disposing closes it.
        }

        await application.DisposeAsync();
        turns.Dispose();
        sessions.Dispose();
    }

    // A stream is one request for hours: whoever has signed out, or was removed, hears no more of it within a second.
    private async Task EndAsync(Visitor visitor, CancellationTokenSource end)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                if (!Holds(visitor))
                {
                    await end.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The stream has ended.
        }
        finally
        {
            // A stream that nobody watches would go on for whoever was removed.
            await end.CancelAsync();
        }
    }

    // While the state database cannot be read nobody knows; the next look may.
    private bool Holds(Visitor visitor)
    {
        try
        {
            return gate.Holds(visitor);
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return true;
        }
    }

    private async Task StreamAsync(HttpContext context, SnapshotFeed feed, CancellationToken stopping)
    {
        try
        {
            if (Interlocked.Increment(ref streams) > StreamsMax)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            if (ReadersLanguage.Of(context.Request) is not { } language)
            {
                await Problem.BadLanguage.ToResult().ExecuteAsync(context);
                return;
            }

            // A stream never ends by itself; without the link it would hold up the stop of the program.
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            var watching = EndAsync(Gate.Of(context).Visitor!, end);
            try
            {
                await WriteAsync(context, feed.FollowAsync(language, end.Token), end.Token);
            }
            finally
            {
                await end.CancelAsync();
                await watching;
            }
        }
        finally
        {
            Interlocked.Decrement(ref streams);
        }
    }

    private static async Task WriteAsync(HttpContext context, IAsyncEnumerable<FeedEvent> events, CancellationToken end)
    {
        var isPacked = Packing.IsTaken(context.Request);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (isPacked)
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(Packing.StreamHead, end);
        }

        try
        {
            await foreach (var told in events)
            {
                await context.Response.Body.WriteAsync(isPacked ? told.Packed : told.Bytes, end);
                await context.Response.Body.FlushAsync(end);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Whoever looked has gone, or the program ends.
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
