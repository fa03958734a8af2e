using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Tls;
using PondSentinel.Tls;

namespace PondSentinel.Tests.Backend.Web.Access;

/// <summary>Where the page listens beside loopback: by TLS, for a proxy, or not at all.</summary>
public sealed class ListeningTests : IDisposable
{
    // Its addresses are all of this machine, and none of them is the one that the page has at loopback.
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    private readonly PageBench bench = new(TimeProvider.System);
    private readonly TestAuthority authority = new("CN=Pond CA", AlertBench.Start.AddYears(-2), AlertBench.Start.AddYears(9));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        authority.Dispose();
        bench.Dispose();
    }

    [Fact]
    public async Task By_tls_people_sign_in_and_machines_of_here_come_in_without()
    {
        await using var page = await bench.StartAsync(Open(Files("first")));
        using var http = Client("first");
        var address = new Uri($"https://pond.example.org:{page.OpenPort}");

        using var signIn = await http.GetAsync(new Uri(address, "/sign-in"), Cancelled);
        using var now = await http.GetAsync(new Uri(address, "/api/now"), Cancelled);
        using var metrics = await http.GetAsync(new Uri(address, "/metrics"), Cancelled);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden], new[] { signIn.StatusCode, now.StatusCode, metrics.StatusCode });
        Assert.Equal("max-age=31536000", Assert.Single(signIn.Headers.GetValues("Strict-Transport-Security")));
        Assert.StartsWith("__Host-pond-form=", Assert.Single(signIn.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(page.Address, "/api/now"), Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Renewed_certificate_is_shown_without_a_restart_and_a_broken_one_is_not()
    {
        var files = Files("first");
        await using var page = await bench.StartAsync(Open(files));
        var address = new Uri($"https://pond.example.org:{page.OpenPort}/sign-in");
        async Task<bool> Shows(string name)
        {
            using var http = Client(name);
            try
            {
                return (await http.GetAsync(address, Cancelled)).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }

        Assert.True(await Shows("first"));
        await File.WriteAllTextAsync(files.Certificate!, "nothing of the kind", Cancelled);
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await Shows("first"));
        Files("second");
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((true, false), (await Shows("second"), await Shows("first")));
    }

    [Fact]
    public async Task Certificate_that_is_renewed_behind_links_is_shown()
    {
        var files = Files("first");
        var links = new TlsOptions { Certificate = Path.Combine(bench.Folder, "link.pem"), Key = Path.Combine(bench.Folder, "link.key") };
        File.CreateSymbolicLink(links.Certificate!, files.Certificate!);
        File.CreateSymbolicLink(links.Key!, files.Key!);
        await using var page = await bench.StartAsync(Open(links));

        Files("second");
        bench.Time.Advance(TimeSpan.FromSeconds(31));

        using var http = Client("second");
        using var answer = await http.GetAsync(new Uri($"https://pond.example.org:{page.OpenPort}/sign-in"), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Without_tls_only_the_proxy_comes_in()
    {
        const string secret = "a secret of the proxy, long enough";
        await using var page = await bench.StartAsync(Open(null) with { Proxy = new ProxyOptions([IPAddress.Loopback], secret, null) });
        using var http = new HttpClient();
        async Task<HttpStatusCode> Ask(string path, bool isProxy)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{Elsewhere}:{page.OpenPort}{path}"));
            request.Headers.Host = "pond.example.org";
            if (isProxy)
            {
                request.Headers.Add("X-Pond-Proxy-Secret", secret);
            }

            return (await http.SendAsync(request, Cancelled)).StatusCode;
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Unauthorized], [await Ask("/sign-in", true), await Ask("/api/now", true)]);
        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], [await Ask("/sign-in", false), await Ask("/api/now", false)]);
    }

    [Fact]
    public async Task By_http_2_it_is_the_same_and_another_authority_gets_nothing()
    {
        await using var page = await bench.StartAsync(Open(Files("first")));
        using var http = Client("first");
        async Task<(HttpStatusCode, Version)> Ask(string path, string? host = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://pond.example.org:{page.OpenPort}{path}"))
            {
                Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Host = host;
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            return (answer.StatusCode, answer.Version);
        }

        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), await Ask("/sign-in"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask("/api/now")).Item1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask("//api/now")).Item1);
        Assert.Equal(HttpStatusCode.Forbidden, (await Ask("/metrics")).Item1);
        Assert.Equal(HttpStatusCode.BadRequest, (await Ask("/sign-in", "evil.example")).Item1);
    }

    [Fact]
    public async Task One_address_that_holds_all_the_connections_it_gets_keeps_nobody_else_out()
    {
        await using var page = await bench.StartAsync(Open(Files("first")));
        var address = new Uri($"https://pond.example.org:{page.OpenPort}/sign-in");
        List<Socket> held = [];
        try
        {
            for (var i = 0; i <= ConnectionShares.OfOne; i++)
            {
                held.Add(new Socket(SocketType.Stream, ProtocolType.Tcp));
                await held[^1].ConnectAsync(new IPEndPoint(Elsewhere, page.OpenPort!.Value), Cancelled);
            }

            // The last one is ended, or one that came about when it did: those that wait in vain for a word of TLS end with the oldest first.
            var ends = held.ConvertAll(EndAsync);
            var first = await Task.WhenAny(ends).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
            Assert.InRange(ends.IndexOf(first), ConnectionShares.OfOne / 2, ConnectionShares.OfOne);
            using var other = Client("first", IPAddress.Parse("127.0.0.3"));
            Assert.Equal(HttpStatusCode.OK, (await other.GetAsync(address, Cancelled)).StatusCode);
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }

        using var again = Client("first");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        HttpStatusCode? status = null;
        while (status is null)
        {
            try
            {
                status = (await again.GetAsync(address, limit.Token)).StatusCode;
            }
            catch (HttpRequestException)
            {
                // Those that were closed are not given back yet.
            }
        }

        Assert.Equal(HttpStatusCode.OK, status);
    }

    private static async Task EndAsync(Socket socket)
    {
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], Cancelled));
        }
        catch (SocketException)
        {
            // Ended without a word.
        }
    }

    [Fact]
    public async Task It_does_not_listen_where_nobody_could_come_in_safely()
    {
        var neither = await Assert.ThrowsAsync<IOException>(() => bench.StartAsync(Open(null)));
        var missing = await Assert.ThrowsAsync<IOException>(() => bench.StartAsync(Open(new TlsOptions { Certificate = "/no/such.pem", Key = "/no/such.key" })));

        Assert.Equal("The page lets nobody in at 127.0.0.2 without TLS or a proxy: name certificate and key, or the proxy in [web.proxy].", neither.Message);
        Assert.Equal("The page lets nobody in at 127.0.0.2 without TLS or a proxy: /no/such.pem: no such file.", missing.Message);
    }

    [Theory]
    [InlineData("listen = \"0.0.0.0\"\nhosts = [\"a.example\"]", "b.toml:2:1: listen of [web] lets others in, which demands TLS or a proxy, and there is neither; name certificate and key, or the proxy in [web.proxy], or remove listen")]
    [InlineData("listen = \"0.0.0.0\"\ncertificate = \"/c\"\nkey = \"/k\"", "b.toml:2:1: hosts of [web] is missing: what people call this machine by; write hosts = [\"pond.example.org\"]")]
    [InlineData("listen = \"here\"", "b.toml:2:1: listen of [web] is no address of this machine: \"here\"; write listen = \"0.0.0.0\" for all of them")]
    [InlineData("hosts = [\"https://a.example\"]", "b.toml:2:1: hosts of [web] has what is no name or address: \"https://a.example\"; write it without https:// and without a port")]
    [InlineData("hosts = [\"*\"]", "b.toml:2:1: hosts of [web] has what is no name or address: \"*\"; write it without https:// and without a port")]
    [InlineData("certificate = \"/c\"\nkey = \"/k\"", "b.toml:2:1: certificate of [web] is of no use without listen: on this machine itself the page needs none; write listen = \"0.0.0.0\"")]
    [InlineData("key = \"/k\"", "b.toml:2:1: key of [web] is of no use without certificate; add certificate, or remove key")]
    [InlineData("metrics_token = \"short\"", "b.toml:2:1: metrics_token of [web] is guessed too soon: it must have 16 characters or more; make one: openssl rand -hex 32")]
    [InlineData("hosts = [\"a\"]\n[web.proxy]\naddresses = [\"10.0.0.1\"]", "b.toml:3:2: secret of [web.proxy] is missing: what the proxy sends in X-Pond-Proxy-Secret; write secret_file = \"/etc/pondsentinel/proxy-secret\"")]
    [InlineData("hosts = [\"a\"]\n[web.proxy]\naddresses = [\"proxy\"]\nsecret = \"0123456789abcdef\"", "b.toml:4:1: addresses of [web.proxy] has what is no address: \"proxy\"; write addresses = [\"127.0.0.1\"]")]
    [InlineData("hosts = [\"a\"]\n[web.proxy]\naddresses = [\"10.0.0.1\"]\nsecret = \"0123456789abcdef\"\nuser_header = \"a b\"", "b.toml:6:1: user_header of [web.proxy] is no name of a header: \"a b\"; write user_header = \"X-Forwarded-User\"")]
    public void Settings_that_would_let_anybody_in_are_one_clear_mistake(string settings, string expected) =>
        Assert.Equal(expected, Assert.Single(BackendConfigurationFile.Read("b.toml", $"[web]\n{settings}\n").Problems).ToString());

    [Theory]
    [InlineData("", true)]
    [InlineData("trust_machine = false\n", false)]
    [InlineData("hosts = [\"a\"]\n[web.proxy]\naddresses = [\"10.0.0.1\"]\nsecret = \"0123456789abcdef\"", false)]
    [InlineData("trust_machine = true\nhosts = [\"a\"]\n[web.proxy]\naddresses = [\"10.0.0.1\"]\nsecret = \"0123456789abcdef\"", true)]
    public void Machine_is_trusted_unless_a_proxy_may_look_like_it(string settings, bool expected) =>
        Assert.Equal(expected, BackendConfigurationFile.Read("b.toml", $"[web]\n{settings}\n").Configuration!.Web!.TrustsMachine);

    [Fact]
    public void Every_setting_arrives()
    {
        var web = BackendConfigurationFile.Read(
            "b.toml",
            """
            [web]
            port = 8081
            listen = "::"
            listen_port = 443
            hosts = ["pond.example.org", "2001:db8::1"]
            certificate = "/c.pem"
            key = "/c.key"
            trust_machine = false
            hsts = false
            metrics_token = "0123456789abcdef"
            session_idle = "1h"
            session_max = "1d"
            [web.proxy]
            addresses = ["10.0.0.1", "::1"]
            secret = "fedcba9876543210"
            user_header = "X-Forwarded-User"
            """).Configuration!.Web!;

        Assert.Equal((8081, IPAddress.IPv6Any, 443), (web.Port, web.Listen, web.ListenPort));
        Assert.Equal(["pond.example.org", "[2001:db8::1]"], web.Hosts);
        Assert.Equal(new TlsOptions { Certificate = "/c.pem", Key = "/c.key" }, web.Tls);
        Assert.Equal((false, false, "0123456789abcdef", TimeSpan.FromHours(1), TimeSpan.FromDays(1)), (web.TrustsMachine, web.KeepsToTls, web.MetricsToken, web.SessionIdle, web.SessionMax));
        Assert.Equal([IPAddress.Parse("10.0.0.1"), IPAddress.IPv6Loopback], web.Proxy!.Addresses);
        Assert.Equal(("fedcba9876543210", "X-Forwarded-User"), (web.Proxy.Secret, web.Proxy.UserHeader));
    }

    private static WebOptions Open(TlsOptions? tls) => new() { Port = 0, Listen = Elsewhere, ListenPort = 0, Hosts = ["pond.example.org"], Tls = tls };

    // As a browser that knows the authority: it goes to the page whatever the name, and takes only a certificate of this name.
    private static HttpClient Client(string name, IPAddress? from = null) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }

            await socket.ConnectAsync(context.DnsEndPoint.Host == "pond.example.org" ? Elsewhere : IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new System.Net.Security.SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate && CertificateText.CommonName(certificate) == name,
        },
    }) { Timeout = TimeSpan.FromSeconds(60) };

    private TlsOptions Files(string name)
    {
        using var certificate = authority.Issue($"CN={name}", bench.Time.GetUtcNow().AddYears(-1), bench.Time.GetUtcNow().AddYears(1), TestAuthority.ServerUse, "pond.example.org");
        var files = new TlsOptions { Certificate = Path.Combine(bench.Folder, "web.pem"), Key = Path.Combine(bench.Folder, "web.key") };
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
