using System.Globalization;
using System.Net;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Servers;

/// <summary>A real nginx, in front of another server.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    private readonly RunningProcess process;

    private Nginx(RunningProcess process, Uri url) => (this.process, Url) = (process, url);

    /// <summary>Its address.</summary>
    public Uri Url { get; }

    /// <summary>Starts one.</summary>
    /// <param name="folder">Folder of the test.</param>
    /// <param name="locations">What stands in its <c>server</c> beside <c>listen</c>.</param>
    public static async Task<Nginx> StartAsync(string folder, string locations)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, "nginx")).FullName;
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        var settings = Path.Combine(own, "nginx.conf");
        await File.WriteAllTextAsync(settings, Settings(own, url.Port, locations));
        var process = RunningProcess.Start("nginx", own, "/usr/sbin/nginx", "-c", settings, "-e", "stderr");
        var server = new Nginx(process, url);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.False(process.HasExited, process.Tail);
                try
                {
                    using var answer = await http.GetAsync(new Uri(url, "/ready"));
                    return answer.StatusCode == HttpStatusCode.NoContent;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            ReadyWithin,
            () => $"nginx does not answer at {url}.\n{process.Tail}");
        return server;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    // One process, so that none is left when it is killed.
    private static string Settings(string folder, int port, string locations) =>
        $$"""
        daemon off;
        master_process off;
        pid {{folder}}/nginx.pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          client_max_body_size 16m;
          client_body_temp_path {{folder}}/body;
          proxy_temp_path {{folder}}/proxy;
          fastcgi_temp_path {{folder}}/fastcgi;
          uwsgi_temp_path {{folder}}/uwsgi;
          scgi_temp_path {{folder}}/scgi;
          server {
            listen 127.0.0.1:{{port}};
            location = /ready { return 204; }
            {{locations}}
          }
        }
        """;
}
