using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Storage;

/// <summary>The write of InfluxDB 2.x: nginx checks token, organization and path as 2.x does, and hands the lines on to a real
/// InfluxDB 1.x.</summary>
public sealed class InfluxBucketTests : InfluxContract
{
    private const string Token = "S3cret-t0ken_==";

    private Nginx front = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public override async ValueTask DisposeAsync()
    {
        await front.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("pond & watch", "wrong", Database, "does not know the token; set token in [influx] (HTTP 401: unauthorized access)")]
    [InlineData("others", Token, Database, "has no bucket \"pond 1-a\" of organization \"others\", or is no InfluxDB 2.x; create it, or check url, org and bucket in [influx] (HTTP 404: organization not found)")]
    [InlineData("pond & watch", Token, "nowhere", "has no bucket \"nowhere\" of organization \"pond & watch\", or is no InfluxDB 2.x; create it, or check url, org and bucket in [influx] (HTTP 404: database not found: \"nowhere\")")]
    public async Task Wrong_setting_is_told_with_what_to_set(string organization, string token, string bucket, string message)
    {
        await using var store = Open(new InfluxBucket(organization, bucket, token));
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.WriteAsync([PointOf(1)], Cancelled));
        Assert.Equal($"{front.Url} {message}", error.Message);
    }

    private protected override async Task<InfluxStore> OpenAsync()
    {
        await Server.CreateAsync($"\"{Database}\"");
        front = await Nginx.StartAsync(
            Folder,
            $$"""
            location = /api/v2/write {
              default_type application/json;
              if ($http_authorization != "Token {{Token}}") {
                return 401 '{"code":"unauthorized","message":"unauthorized access"}';
              }
              if ($arg_org != "pond%20%26%20watch") {
                return 404 '{"code":"not found","message":"organization not found"}';
              }
              proxy_set_header Authorization "";
              proxy_pass http://127.0.0.1:{{Server.Url.Port}}/write?db=$arg_bucket&precision=$arg_precision;
            }
            location = /query {
              default_type application/json;
              if ($http_authorization != "Token {{Token}}") {
                return 401 '{"code":"unauthorized","message":"unauthorized access"}';
              }
              proxy_set_header Authorization "";
              proxy_pass http://127.0.0.1:{{Server.Url.Port}}/query;
            }
            """);
        return Open(new InfluxBucket("pond & watch", Database, Token));
    }

    private InfluxStore Open(InfluxBucket bucket) => new(
        new InfluxOptions { Url = front.Url, Bucket = bucket }, TimeProvider.System, NullLogger<InfluxStore>.Instance);
}
