using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Simulator.Demo;

/// <summary>Somebody who is told of alerts: takes notices by HTTP on loopback, as a town's pager would.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private const int BodyMax = 64 * 1024;

    private readonly WebApplication app;

    private WebhookReceiver(WebApplication app, Uri url) => (this.app, Url) = (app, url);

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="portWished">The port it would like; where that is 0 or taken, any.</param>
    /// <param name="told">Called for each notice, each once. Must return at once.</param>
    /// <param name="loggers">The journal.</param>
    public static async Task<WebhookReceiver> StartAsync(int portWished, Action<AlertNotice> told, ILoggerFactory loggers)
    {
        try
        {
            return await ListenAsync(portWished, told, loggers);
        }
        catch (IOException) when (portWished != 0)
        {
            return await ListenAsync(0, told, loggers);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static async Task<WebhookReceiver> ListenAsync(int port, Action<AlertNotice> told, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1);
            options.Limits.MaxRequestBodySize = BodyMax;
            options.AddServerHeader = false;
        });
        builder.Services.AddSingleton(loggers);
        var app = builder.Build();
        app.Run(new Desk(told).TakeAsync);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new WebhookReceiver(app, new Uri(new Uri(address), "/notices"));
    }

    /// <summary>Where notices are taken, each once: delivery is at least once.</summary>
    private sealed class Desk(Action<AlertNotice> told)
    {
        private readonly HashSet<string> seen = new(StringComparer.Ordinal);
        private readonly Lock gate = new();

        public async Task TakeAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body);
            try
            {
                var notice = AlertNotice.FromJson(await reader.ReadToEndAsync(context.RequestAborted));
                if (IsNew(notice.Id))
                {
                    told(notice);
                }

                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
            catch (Exception e) when (e is JsonException or BadHttpRequestException)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
            }
        }

        private bool IsNew(string id)
        {
            lock (gate)
            {
                return seen.Add(id);
            }
        }
    }
}
