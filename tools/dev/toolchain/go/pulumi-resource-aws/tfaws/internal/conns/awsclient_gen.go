// The clients that this part of the provider needs, in place of the module's file with those of all services.

package conns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-provider-aws/internal/errs"
	"github.com/hashicorp/terraform-provider-aws/names"
)

// clientOf is the client of a service with the settings that the provider was configured with.
func clientOf[T any](ctx context.Context, c *AWSClient, service string) T {
	return errs.Must(client[T](ctx, c, service, map[string]any{}))
}

func (c *AWSClient) AccountClient(ctx context.Context) *account.Client {
	return clientOf[*account.Client](ctx, c, names.Account)
}

func (c *AWSClient) EC2Client(ctx context.Context) *ec2.Client {
	return clientOf[*ec2.Client](ctx, c, names.EC2)
}

func (c *AWSClient) EKSClient(ctx context.Context) *eks.Client {
	return clientOf[*eks.Client](ctx, c, names.EKS)
}

func (c *AWSClient) ELBV2Client(ctx context.Context) *elasticloadbalancingv2.Client {
	return clientOf[*elasticloadbalancingv2.Client](ctx, c, names.ELBV2)
}

func (c *AWSClient) IAMClient(ctx context.Context) *iam.Client {
	return clientOf[*iam.Client](ctx, c, names.IAM)
}

func (c *AWSClient) KMSClient(ctx context.Context) *kms.Client {
	return clientOf[*kms.Client](ctx, c, names.KMS)
}

func (c *AWSClient) LogsClient(ctx context.Context) *cloudwatchlogs.Client {
	return clientOf[*cloudwatchlogs.Client](ctx, c, names.Logs)
}

func (c *AWSClient) OrganizationsClient(ctx context.Context) *organizations.Client {
	return clientOf[*organizations.Client](ctx, c, names.Organizations)
}

func (c *AWSClient) S3Client(ctx context.Context) *s3.Client {
	return clientOf[*s3.Client](ctx, c, names.S3)
}

func (c *AWSClient) SSMClient(ctx context.Context) *ssm.Client {
	return clientOf[*ssm.Client](ctx, c, names.SSM)
}

func (c *AWSClient) STSClient(ctx context.Context) *sts.Client {
	return clientOf[*sts.Client](ctx, c, names.STS)
}
